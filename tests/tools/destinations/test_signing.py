"""Signatures of requests, against the examples that their makers publish."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.tools.destinations import subjects
from tests.tools.destinations.servers import Asked
from tests.tools.destinations.subjects import KEY, NOW, SECRET, phone
from tools.destinations.push import basic
from tools.destinations.sms_aliyun import signature
from tools.destinations.sms_tencent import authorization
from tools.destinations.webhook import parcel_id, signed


def test_aliyun_as_in_its_documentation() -> None:
    """help.aliyun.com, document 56189, SendSms with the secret `testSecret`."""
    parameters = {
        "AccessKeyId": "testId",
        "Action": "SendSms",
        "Format": "XML",
        "OutId": "123",
        "PhoneNumbers": "15300000001",
        "RegionId": "cn-hangzhou",
        "SignName": "阿里云短信测试专用",
        "SignatureMethod": "HMAC-SHA1",
        "SignatureNonce": "45e25e9b-0a6f-4070-8c85-2956eda1b466",
        "SignatureVersion": "1.0",
        "TemplateCode": "SMS_71390007",
        "TemplateParam": '{"customer":"test"}',
        "Timestamp": "2017-07-12T02:42:19Z",
        "Version": "2017-05-25",
    }
    assert signature("GET", parameters, "testSecret") == "zJDF+Lrzhj/ThnlvIToysFRq6t4="


def test_aliyun_encodes_what_urls_leave_alone() -> None:
    """`*` becomes %2A, a blank %20 and `~` stays: once for the value, once more inside the text that is signed."""
    by_hand = "POST&%2F&a%3D%252A%2520~"
    expected = hmac.new(b"secret&", by_hand.encode(), hashlib.sha1).digest()
    import base64

    assert signature("POST", {"a": "* ~"}, "secret") == base64.b64encode(expected).decode()


def test_tencent_as_in_its_documentation() -> None:
    """cloud.tencent.com, document 213/30654: DescribeInstances of 2019-02-25."""
    body = rb'{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}'
    found = authorization(
        "cvm",
        "cvm.tencentcloudapi.com",
        body,
        secret_id="AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE",
        secret_key="Gu5t9xGARNpq86cd98joQYCN3EXAMPLE",
        at=datetime.fromtimestamp(1551113065, UTC),
        content_type="application/json; charset=utf-8",
    )
    assert found == (
        "TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE/2019-02-25/cvm/tc3_request, "
        "SignedHeaders=content-type;host, Signature=72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168"
    )


def test_webhooks_as_in_the_specification() -> None:
    """The test vector of Standard Webhooks."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    found = signed(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_jpush_as_in_its_documentation() -> None:
    """docs.jiguang.cn, Push API v3, the example of Basic authentication."""
    found = basic("7d431e42dfa6a6d693ac2d04", "5e987ac6d2e04d95a9d8f0d1")
    assert found == "Basic N2Q0MzFlNDJkZmE2YTZkNjkzYWMyZDA0OjVlOTg3YWM2ZDJlMDRkOTVhOWQ4ZjBkMQ=="


def asked_of(subject, tmp_path: Path, count: int = 1) -> list[Asked]:
    """The requests that sending makes."""
    found: list[Asked] = []
    original = subjects.http_place

    def watching(mood, *more):
        def watched(asked: Asked):
            found.append(asked)
            return mood(asked)

        return original(watched, *more)

    patch = pytest.MonkeyPatch()
    patch.setattr(subjects, "http_place", watching)
    try:
        with subject(tmp_path) as one:
            one.destination.send([one.message(number) for number in range(1, count + 1)])
    finally:
        patch.undo()
    return found


def test_a_webhook_is_signed_over_what_is_sent(tmp_path: Path) -> None:
    (asked,) = asked_of(subjects.webhook, tmp_path, 2)
    headers = asked.headers
    assert headers["idempotency-key"] == headers["webhook-id"] == parcel_id([phone(1), phone(2)])
    assert headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    expected = signed(SECRET, headers["webhook-id"], int(headers["webhook-timestamp"]), asked.body)
    assert headers["webhook-signature"] == expected
    first = asked.json()["messages"][0]
    assert first["body"] == "您好，1 号会员"
    assert first["fields"]["member_no"] == "M00001"
    assert "key" not in first  # the number of a person inside is nobody's business outside


def test_the_key_of_a_request_is_that_of_its_only_message() -> None:
    assert parcel_id([phone(1)]) == phone(1).id
    assert parcel_id([phone(1), phone(2)]) != parcel_id([phone(1), phone(3)])


def test_tencent_is_sent_what_it_documents(tmp_path: Path) -> None:
    (asked,) = asked_of(subjects.tencent, tmp_path)
    assert asked.headers["x-tc-action"] == "SendSms"
    assert asked.headers["x-tc-version"] == "2021-01-11"
    expected = authorization(
        "sms",
        asked.headers["host"],
        asked.body,
        secret_id=KEY,
        secret_key=SECRET,
        at=NOW,
        content_type=asked.headers["content-type"],
    )
    assert asked.headers["authorization"] == expected
    assert json.loads(asked.body) == {
        "PhoneNumberSet": ["+8613800000001"],
        "SmsSdkAppId": "1400006666",
        "SignName": "群像",
        "TemplateId": "1110",
        "TemplateParamSet": ["您好，1 号会员"],
        "SessionContext": phone(1).id,
    }


def test_aliyun_is_sent_what_it_documents(tmp_path: Path) -> None:
    from urllib.parse import parse_qsl

    (asked,) = asked_of(subjects.aliyun, tmp_path)
    form = dict(parse_qsl(asked.body.decode()))
    claimed = form.pop("Signature")
    assert claimed == signature("POST", form, SECRET)
    assert form["Timestamp"] == "2026-11-20T10:00:00Z"
    assert json.loads(form["TemplateParam"]) == {"text": "您好，1 号会员"}
    assert (form["PhoneNumbers"], form["SignName"], form["TemplateCode"]) == ("13800000001", "群像", "SMS_1")


def test_wecom_makes_one_task_for_one_text_and_fetches_its_token_once(tmp_path: Path) -> None:
    asked = asked_of(subjects.wecom, tmp_path, 3)
    assert [one.method for one in asked] == ["GET", "POST", "POST", "POST"]
    assert asked[0].path == f"/cgi-bin/gettoken?corpid=ww1&corpsecret={SECRET}"
    assert asked[1].path == "/cgi-bin/externalcontact/add_msg_template?access_token=T0"
    assert asked[1].json() == {
        "chat_type": "single",
        "external_userid": ["wm-external-1"],
        "sender": "zhangsan",
        "text": {"content": "您好，1 号会员"},
    }


def test_the_crm_is_written_by_external_id(tmp_path: Path) -> None:
    (asked,) = asked_of(subjects.crm, tmp_path)
    assert (asked.method, asked.path) == ("PATCH", "/objects/contact/M00001")
    assert asked.headers["authorization"] == f"Bearer {SECRET}"
    assert asked.json() == {"last_campaign": "c1", "phone": "13800000001"}


def test_push_says_whom_and_what(tmp_path: Path) -> None:
    (asked,) = asked_of(subjects.fcm, tmp_path)
    assert asked.path == "/v1/projects/p/messages:send"
    assert asked.json()["message"]["notification"] == {"title": "冬季新品", "body": "您好，1 号会员"}
    (asked,) = asked_of(subjects.jpush, tmp_path)
    assert (asked.path, asked.headers["authorization"]) == ("/v3/push", basic(KEY, SECRET))
    assert asked.json()["audience"] == {"registration_id": ["device-1-registration"]}
