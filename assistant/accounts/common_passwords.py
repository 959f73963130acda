"""Passwords that are tried first by whoever guesses; those that are shorter than ten characters are refused anyway."""

from __future__ import annotations

from typing import Final

_LISTED: Final = """
0000000000 0123456789 0987654321 1111111111 1122334455 1212121212 1234512345 1234554321 1234567890 12345678901
123456789012 1234567890123 123456789a 123456789q 123456789qwe 1234567891 12345678910 1234567899 123456abcd 1234567abc
123qweasdzxc 147258369a 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx3edc 1qazxsw23edc 2222222222 3141592653 3333333333
5201314520 5555555555 6666666666 7777777777 7894561230 8888888888 9876543210 9999999999 a123456789 aa123456789
aa12345678 aaaaaaaaaa abc1234567 abc12345678 abc123456789 abcd123456 abcd1234567 abcd12345678 abcdefghij abcdefghijk
adgjmptwa1 admin12345 admin123456 admin@1234 admin@12345 administrator anhyeuem123 asdf123456 asdfasdfasdf asdfghjkl1
asdfghjkl123 asdfghjkl; asdfghjklzxcvbnm basketball baseball123 changeme123 chocolate1 computer123 default123
football123 football1234 helloworld iloveyou12 iloveyou123 iloveyou1234 justinbieber leavemealone letmein123
letmein1234 liverpool1 manchester michelle123 monkey12345 p@ssw0rd12 p@ssw0rd123 p@ssword123 passw0rd123 password00
password01 password10 password11 password12 password123 password1234 password12345 password123456 password1! password!1
passwordpassword princess123 q1w2e3r4t5 q1w2e3r4t5y6 qazwsx1234 qazwsxedc1 qazwsxedc123 qazwsxedcrfv qq123456789
qq5201314520 qunxiang123 qunxiang1234 qwe123456789 qweasdzxc1 qweasdzxc123 qwer123456 qwer12345678 qwerty1234
qwerty12345 qwerty123456 qwertyuiop qwertyuiop1 qwertyuiop123 qwertyuiop[] secret12345 spiderman1 starwars123
summer2024! summer2025! superman123 sunshine123 temporary1 test123456 test1234567 thisismypassword tobeornottobe
trustno1trustno1 unbelievable university welcome123 welcome1234 welcome12345 winter2024! winter2025! woaini1314
woaini5201314 woaini521521 woaiwojia1 xiaoming123 zaq12wsxcde3 zaq1zaq1zaq1 zhang123456 zxcvbnm123 zxcvbnm1234
zxcvbnm12345
"""
COMMON: Final = frozenset(_LISTED.split())
"""As `passwords.password_key` writes them, and in lower case."""
