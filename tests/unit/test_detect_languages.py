"""What forms, tickets and mails in other languages than English and German announce."""

from __future__ import annotations

import pytest

from anonkit import scrub


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        # Passwords.
        ("Mot de passe : Chocolat#44", "Mot de passe : [SECRET]"),
        ("Contraseña: gato77", "Contraseña: [SECRET]"),
        ("Şifre: köprü1", "Şifre: [SECRET]"),
        ("sifre=kopru1", "sifre=[SECRET]"),
        ("Lösenord: fika3", "Lösenord: [SECRET]"),
        ("Hasło: Kawa99", "Hasło: [SECRET]"),
        ("Wachtwoord: vergeten", "Wachtwoord: vergeten"),
        ("Mot de passe : oublié", "Mot de passe : oublié"),
        ("sitefre=1 Deszifre: abc", "sitefre=1 Deszifre: abc"),
        # Users.
        ("Nom d'utilisateur : zleblanc", "Nom d'utilisateur : [USERNAME]"),
        ("Käyttäjätunnus: mvirtanen", "Käyttäjätunnus: [USERNAME]"),
        ("utilisateur : inconnu", "utilisateur : inconnu"),
        ("Nutzer-ID: kb00417", "Nutzer-ID: [USERNAME]"),
        # Names, whose label may stand behind the name before it.
        ("Prénom : Zoé Nom : Le Goff", "Prénom : [PERSON] Nom : [PERSON]"),
        ("Nome: Bruna dos Santos, 33", "Nome: [PERSON], 33"),
        ("Nome: errore", "Nome: errore"),
        ("Vorname: Ole Nachname: Petersen", "Vorname: [PERSON] Nachname: [PERSON]"),
        ("Patient: O'Hara, Kim", "Patient: [PERSON]"),
        ("Bearbeiter: Weber, Abt. IT", "Bearbeiter: [PERSON], Abt. IT"),
        ("Je m'appelle Zoé Le Goff.", "Je m'appelle [PERSON]."),
        ("me llamo Iñaki Ruiz y", "me llamo [PERSON] y"),
        # Dates of birth.
        ("née le 14/02/1972 à Lyon", "née le [DATE_OF_BIRTH] à Lyon"),
        ("Date de naissance : 1er février 1972", "Date de naissance : [DATE_OF_BIRTH]"),
        ("Født: 14. februar", "Født: 14. februar"),
        ("Fecha de nacimiento: 05-11-1988", "Fecha de nacimiento: [DATE_OF_BIRTH]"),
        ("nato il 03/09/1969", "nato il [DATE_OF_BIRTH]"),
        ("Fødselsdato: 3.9.1969", "Fødselsdato: [DATE_OF_BIRTH]"),
        ("Doğum tarihi: 14.02.1972", "Doğum tarihi: [DATE_OF_BIRTH]"),
        ("mis à jour le 14 février 1972", "mis à jour le 14 février 1972"),
        # Postal addresses.
        ("Anschrift: Am Alten Markt 7, 24103 Kiel", "Anschrift: [ADDRESS]"),
        ("Dirección: Calle Mayor 4, 3º B, 28014 Madrid.", "Dirección: [ADDRESS]."),
        ("Adres: ul. Polna 1/2, 00-017 Warszawa", "Adres: [ADDRESS]"),
        ("Adresse : Paris, 75002 Paris", "Adresse : Paris, 75002 Paris"),
        # Titles.
        ("Mme Zoé Le Goff arrive", "Mme [PERSON] arrive"),
        ("Madame la directrice", "Madame la directrice"),
        # Other scripts.
        ("Пароль: Самовар77", "Пароль: [SECRET]"),
        ("密码：a7b8c9 ok", "密码：[SECRET] ok"),
        ("Пароль: ${PW}", "Пароль: ${PW}"),
        ("Пользователь=ivanov_p;", "Пользователь=[USERNAME];"),
        ("ФИО: Иванов Пётр, 40", "ФИО: [PERSON], 40"),
        ("Имя: файл", "Имя: файл"),
        # Telephones.
        ("Móvil: 655 12 34 56", "Móvil: [PHONE]"),
        ("Puhelin: 50 123 4567", "Puhelin: [PHONE]"),
    ],
)
def test_labels_of_other_languages(text: str, clean: str) -> None:
    """Labels of other languages announce what German and English ones announce."""
    assert scrub(text) == clean
