"""What language a text is guessed to be in."""

import pytest

from hone.language import clear_language, count_common, likely_language, script_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("how do i reset my password", "en"),
        ("Wie kann ich mein Passwort ändern und wo?", "de"),
        ("Comment est-ce que je change mon mot de passe ?", "fr"),
        ("¿Cómo puedo cambiar mi contraseña en el portal?", "es"),
        ("Hoe kan ik het wachtwoord van mijn laptop wijzigen", "nl"),
        ("パスワードを変更したい", "ja"),
        ("如何更改密码", "zh"),
        ("как сменить пароль", "cyrillic"),
        ("VPN MTU 1280", "unclear"),
        ("", "unclear"),
        ("1280 🗝", "unclear"),
        ("비밀번호를 어떻게 바꾸나요", "ko"),
    ],
)
def test_a_language_is_told_from_its_commonest_words(text: str, language: str) -> None:
    assert likely_language(text) == language


def test_a_language_is_clear_only_where_no_other_comes_near() -> None:
    german = "Das Passwort wird nicht von der IT und auch nicht für die Abteilung geändert."
    assert clear_language(german) == "de"
    assert count_common(german, "de") >= 5 > count_common(german, "en")
    assert clear_language("der die und") == ""
    assert clear_language("der die und", least=2) == "de"
    assert clear_language("der die the of") == ""


@pytest.mark.parametrize(
    ("text", "script"),
    [("Größe 🗝", "latin"), ("сменить", "cyrillic"), ("更改密码", "han"), ("密码を変更", "japanese"), ("12 %", "")],
)
def test_a_script_is_that_of_most_letters(text: str, script: str) -> None:
    assert script_of(text) == script
