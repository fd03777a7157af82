"""Labels in other languages than English and German, as forms, tickets and mails write them.

Each is kept as labels are compared: lower case, `?` for a letter outside ASCII. A label all of
whose letters are outside ASCII would be any other word of its length, so none of those is here.
"""

# ruff: noqa: E501, RUF001 - words of other languages, a row of each
from __future__ import annotations

from typing import Final

from anonkit.detect.detector import fold


def _labels(*rows: str) -> tuple[str, ...]:
    """Return the labels of some rows, which part them by `|`, each once."""
    return tuple(dict.fromkeys(fold(label) for row in rows for label in row.split("|")))


# French, Spanish, Portuguese, Italian, Romanian, Dutch, Danish and Norwegian, Swedish, Finnish,
# Polish, Czech and Slovak, Slovene and Croatian, Hungarian, Turkish.
PASSWORDS: Final = _labels(
    "mot de passe|mot_de_passe|motdepasse|mdp|contraseña|contrasena|clave de acceso|senha",
    "palavra-passe|palavra passe|parola|parolă|wachtwoord|adgangskode|kodeord|passord|lösenord",
    "losenord|salasana|hasło|haslo|heslo|geslo|lozinka|jelszó|jelszo|sifre",
    "ifre",  # şifre
)
USERS: Final = _labels(
    "utilisateur|identifiant|usuario|usuário|utilizador|utente|utilizator|gebruiker|gebruikersnaam",
    "bruger|brugernavn|bruker|brukernavn|användare|användarnamn|anvandarnamn|käyttäjä|käyttäjänimi",
    "käyttäjätunnus|użytkownik|użytkownika|uzytkownik|uzytkownika|uživatel|uživatelské jméno|korisnik",
    "korisničko ime|felhasználó|felhasználónév|kullanıcı|kullanıcı adı",
)
# Behind these stands a name, even a single word.
PARTS_OF_NAMES: Final = _labels(
    "prénom|prenom|nom de famille|nom complet|titulaire|bénéficiaire|apellido|apellidos",
    "nombre completo|titular|beneficiario|nome completo|sobrenome|cognome|intestatario|voornaam",
    "achternaam|fornavn|efternavn|etternavn|förnamn|fornamn|efternamn|etunimi|sukunimi|nazwisko|imię",
    "příjmení|prezime|soyad|soyadı|vezetéknév|keresztnév",
)
# As `name` alone: two capitalized words must follow.
NAMES: Final = _labels("nom|nombre|nome|naam|navn|namn|nimi|jméno|ime|nume|név")
ADDRESSES: Final = _labels(
    "address|anschrift|adresse|adres|adress|adresa|dirección|direccion|domicilio|endereço|indirizzo|osoite",
)
BIRTHS: Final = _labels(
    "date of birth|birth date|birthdate|birthday|dob|geburtsdatum|geburtstag|geboren am|geb. am",
    "date de naissance|né le|née le|né(e) le|fecha de nacimiento|data de nascimento|data di nascita",
    "data nașterii|geboortedatum|fødselsdato|födelsedatum|född|syntymäaika|data urodzenia",
    "datum narození|dátum narodenia|datum rojstva|datum rođenja|születési idő|doğum tarihi",
)
TELEPHONES: Final = _labels(
    "téléphone|tél|tél.|portable|teléfono|telefono|telefone|móvil|movil|celular|cellulare|cell.",
    "telefoon|telefoonnummer|telefonnummer|tlf|tlf.|puhelin|puh|puh.|gsm|mob|mob.|komórka",
)
