"""Which values are identifiers, and whom they join. Every expected group is written by hand."""

from __future__ import annotations

from dataclasses import replace

from semantic_layer.ingestion.identity.rules import SourceRule


def test_the_same_phone_or_e_mail_is_one_person(store):
    store.add("a", "1", phone="13912345671", email="Li@qq.com")
    store.add("b", "1", phone="13912345671")
    store.add("b", "2", email="li@QQ.com ")
    store.add("b", "3", phone="13912345672")
    store.resolve()
    assert store.groups() == ["a1 b1 b2", "b3"]


FAKE_PHONES = ("1234567890", "13800138000", "13888888888", "00000000000", "无", "138")
FAKE_MAILS = ("无", "a@a", "没有", "123", "test@test.com")


def test_a_phone_or_e_mail_that_is_none_joins_nobody(store):
    for number, fake in enumerate(FAKE_PHONES):
        store.add("a", f"p{number}", phone=fake, name="王芳")
        store.add("b", f"p{number}", phone=fake, name="王芳")
    for number, fake in enumerate(FAKE_MAILS):
        store.add("a", f"m{number}", email=fake, name="王芳")
        store.add("b", f"m{number}", email=fake, name="王芳")
    report = store.resolve()
    assert len(store.groups()) == 2 * (len(FAKE_PHONES) + len(FAKE_MAILS))
    assert {("phone", "blocked", 6), ("email", "blocked", 5)} <= set(report.guarded)


def test_a_value_on_more_people_than_allowed_is_no_identifier_and_says_on_how_many(store):
    for number in range(9):  # one more than the shipped limit of 8
        store.add("a", str(number), phone="13912345671", email=f"p{number}@qq.com")
        store.add("b", str(number), phone="13712345671", email=f"q{number % 8}@qq.com")
    store.resolve()
    assert len({store.keys()[f"a{number}"] for number in range(9)}) == 9
    assert store.rows("SELECT kind, value, why, records, people FROM identity.guarded WHERE why = 'frequent'") == [
        ("phone", "13912345671", "frequent", 9, 9)
    ]


def test_a_busy_customer_is_no_crowd(store):
    for number in range(60):
        store.add("mall", str(number), account="tb_7", phone="13912345671", name="张伟")
    store.add("crm", "1", member_no="M00000007", phone="13912345671", name="张伟")
    store.resolve()
    assert len(store.groups()) == 1


def test_a_phone_of_two_members_joins_neither_and_the_rest_stays_joined(store):
    store.add("crm", "1", member_no="M00000001", phone="13912345671", email="a@qq.com")
    store.add("crm", "2", member_no="M00000002", phone="13912345671")
    store.add("desk", "1", phone="13912345671")
    store.add("desk", "2", email="a@qq.com")
    report = store.resolve()
    assert store.groups() == ["crm1 desk2", "crm2", "desk1"]
    assert ("phone", "shared", 1) in report.guarded


def test_a_chain_that_leads_to_two_members_is_not_closed(store):
    store.add("crm", "1", member_no="M00000001", phone="13912345671")
    store.add("crm", "2", member_no="M00000002", email="b@qq.com")
    store.add("desk", "1", phone="13912345671", email="b@qq.com")
    store.resolve()
    # The e-mail is the weaker of the two: it is dropped, the phone holds.
    assert store.groups() == ["crm1 desk1", "crm2"]


def test_a_phone_that_people_of_different_names_have_joins_equal_names_only(store):
    store.add("a", "1", phone="13912345671", name="张伟")
    store.add("b", "1", phone="13912345671", name="张炜")  # sounds the same
    store.add("b", "2", phone="13912345671", name="李娜")
    store.add("b", "3", phone="13912345671")
    store.add("c", "1", phone="13912345672", name="王芳")
    store.add("c", "2", phone="13912345672", name="王*")  # a masked name contradicts nobody
    store.add("c", "3", phone="13912345672", name="王女士")
    store.resolve()
    assert store.groups() == ["a1 b1", "b2", "b3", "c1 c2 c3"]


def test_a_source_may_say_nothing_about_the_person(store):
    store.rules = replace(store.rules, sources=(SourceRule("mall", ("phone",)),))
    store.add("mall", "1", account="tb_1", phone="13912345671")
    store.add("crm", "1", phone="13912345671")
    store.resolve()
    assert store.groups() == ["crm1", "mall1"]


def test_records_that_say_nothing_are_nobodys_and_names_alone_join_nobody(store):
    assert store.resolve().customers == 0
    store.add("pos", "1")
    store.add("pos", "2", city="杭州")
    store.add("pos", "3", name=" ")
    store.add("a", "1", name="张伟")
    store.add("a", "2", name="张伟")
    report = store.resolve()
    assert (report.records, report.nobody, report.customers) == (5, 3, 2)
    assert store.groups() == ["a1", "a2"]
