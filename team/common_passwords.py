"""Passwords that guessers try first and that are long enough to pass otherwise."""

from __future__ import annotations

# Letters and digits only, lower case: compare with what `team.passwords.plain` returns.
_LIST = """
1111122222 1122334455 1212121212 1231231234 123123123123 1234512345 1234554321 123456123456 1234567890 12345678900
12345678901 123456789012 1234567891 12345678910 123456789a 123456789abc 123456789q 123456789z 1234567abc 123456abcd
123456qwerty 123654789a 123698745a 1234qwerasdf 1357924680 147258369a 147852369a 1a2b3c4d5e 1q2w3e4r5t 1q2w3e4r5t6y
1qaz2wsx3edc 1qaz2wsx3edc4rfv 1qazxsw23edc 9876543210 0123456789 0987654321 0123456789a 5201314520 520131452013
a123456789 a1234567890 a1b2c3d4e5 aa12345678 aa123456789 abc1234567 abc12345678 abc123456789 abcd123456 abcd12345678
abcde12345 abcdef123456 abcdefghij adgjmptwadgj admin12345 admin123456 admin123admin administrator adminadmin
administrator1 administrator123 asd123456789 asdf123456 asdfasdfasdf asdfghjkl1 asdfghjkl123 asdfghjklz
asdfqwerzxcv azertyuiop baseball123 basketball basketball1 butterfly1 changeme12 changeme123 changeme1234
changemenow chocolate1 computer12 computer123 default123 defaultpassword dragon12345 facebook123 football12
football123 footballfan google12345 hello12345 hello123456 helloworld helloworld1 iloveyou12 iloveyou123
iloveyou1234 iloveyouso internet12 internet123 jordan12345 killer12345 letmein123 letmein1234 letmeinnow
liverpool1 liverpool123 loveyou123 manchester master12345 michael123 minecraft1 minecraft123 monkey12345
mypassword mypassword1 mypassword123 newpassword newpassword1 nopassword p4ssw0rd123 passw0rd12 passw0rd123
passw0rd1234 passwd12345 password00 password01 password10 password11 password12 password123 password1234
password12345 password123456 password2024 password2025 password2026 passwordpassword pokemon123 princess12
princess123 q1w2e3r4t5 q1w2e3r4t5y6 qazwsx1234 qazwsxedc1 qazwsxedc123 qazwsxedcrfv qwe123456789 qwer123456
qwerasdfzxcv qwerty1234 qwerty12345 qwerty123456 qwerty1234567 qwertyasdf qwertyqwerty qwertyuiop qwertyuiop1
qwertyuiop123 qwertyuiopasdfghjkl qwertzuiop samsung123 secret1234 secret12345 shadow12345 starwars123
summer2024 summer2025 summer2026 sunshine12 sunshine123 superman12 superman123 temppassword tessera123 tessera1234
test123456 testtesttest thisismypassword trustno123 welcome123 welcome1234 welcome12345 welcome2024 welcome2025
welcome2026 whatever12 whatever123 winter2024 winter2025 winter2026 woaini1314 woaini1314520 woaini520520
z123456789 zaq12wsxcde3 zaq1zaq1zaq1 zxc123456789 zxcvbnm123 zxcvbnm1234 zxcvbnmasdfghjkl
"""
COMMON = frozenset(_LIST.split())
# Ways along a keyboard or an alphabet: any stretch of them, either way, is as common.
WAYS = ("01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm")
