"""What labels in other scripts than the Latin one announce: passwords, users and names.

The gate sees `?` for each of their letters, so these are looked for as they are, behind any text
that is not ASCII and has a sign.
"""

# ruff: noqa: E501, RUF001 - words of other scripts
from __future__ import annotations

from typing import Final

from anonkit.detect.detector import Detector, any_case
from anonkit.detect.names import is_name
from anonkit.detect.people import is_user
from anonkit.detect.values import is_value

_SIGN: Final = r"[\"']?[ \t]{0,4}[:=][ \t]{0,4}[\"']?"
# Capitals of scripts that have them, and letters of those that have none.
_FIRST: Final = r"[A-ZÀ-ÞΑ-ΩА-ЯЁІЇЄҐ\u05d0-\u05ea\u0621-\u064a\u0904-\u0939\u0e01-\u0e2e\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]"

FOREIGN: Final = (
    Detector(
        name="password-foreign",
        type="SECRET",
        source="CWE-532; labels of forms in Cyrillic, Greek, Chinese, Japanese, Korean, Arabic, Persian, Hebrew, Hindi, Thai",
        pattern=any_case(
            "пароль",
            "парола",
            "лозинка",
            "κωδικός(?: πρόσβασης)?",
            "συνθηματικό",
            "密码",
            "密碼",
            "口令",
            "パスワード",
            "暗証番号",
            "비밀번호",
            "암호",
            "كلمة (?:المرور|السر)",
            "رمز عبور",
            "סיסמ[הא]",
            "पासवर्ड",
            "รหัสผ่าน",
        )
        + _SIGN
        + r"(?P<value>[^\s\"'<>;,&\0]{2,128})",
        check=is_value,
        marks=("=", ":"),
        hints=("??",),
        specimen="Пароль: Самовар77, 密码:a7b8c9",
        false_friend="Пароль: ${PW}, Паролью: x, 密码错误",
        priority=62,
    ),
    Detector(
        name="user-foreign",
        type="USERNAME",
        source="Labels of forms in Cyrillic, Greek, Chinese, Japanese, Korean, Arabic",
        pattern=any_case(
            "пользователь",
            "имя пользователя",
            "логин",
            "користувач",
            "потребител",
            "χρήστης",
            "όνομα χρήστη",
            "用户名?",
            "用戶名?",
            "使用者(?:名稱)?",
            "账号",
            "ユーザー名?",
            "사용자(?: ?이름| ?명)?",
            "아이디",
            "اسم المستخدم",
        )
        + _SIGN
        + r"(?P<value>[^\s\"'<>;,&(){}\[\]/\0]{2,64})",
        check=is_user,
        marks=("=", ":"),
        hints=("??",),
        specimen="Пользователь: ivanov_p, 用户名:zhangwei",
        false_friend="Пользователь: root, логин: null",
        priority=40,
    ),
    Detector(
        name="name-foreign",
        type="PERSON",
        source="Labels of forms in Cyrillic, Greek, Chinese, Japanese, Korean, Arabic, Hebrew, Hindi",
        pattern=any_case(
            "фио",
            "имя",
            "фамилия",
            "отчество",
            "ім['’]я",
            "прізвище",
            "име",
            "ονοματεπώνυμο",
            "όνομα",
            "επώνυμο",
            "姓名",
            "氏名",
            "お名前",
            "名前",
            "联系人",
            "이름",
            "성명",
            "الاسم",
            "שם",
            "नाम",
        )
        + _SIGN
        + rf"(?P<value>{_FIRST}[\w'’·.-]{{1,30}}(?: {_FIRST}[\w'’-]{{0,30}}){{0,3}})",
        check=is_name,
        marks=("=", ":"),
        hints=("??",),
        specimen="ФИО: Иванов Пётр Сергеевич, 姓名:张伟",
        false_friend="Имя: файл, имя файла: Отчёт",
        priority=41,
    ),
)
