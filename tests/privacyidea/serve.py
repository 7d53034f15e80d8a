"""A privacyIDEA with a realm of test people, on a loopback address.

    serve.py FOLDER

Everything it keeps is in FOLDER, which must be empty but for its log. When it answers, its address is
in FOLDER/address. The administrators' password is in KEYDESK_PRIVACYIDEA_PASSWORD.
"""

import logging
import os
import secrets
import sqlite3
import sys

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from privacyidea.app import create_app
from privacyidea.lib.auth import create_db_admin
from privacyidea.lib.policy import set_policy
from privacyidea.lib.realm import set_realm
from privacyidea.lib.resolver import save_resolver
from privacyidea.models import db
from werkzeug.serving import make_server

REALM = "employees"
RELYING_PARTY = "keys.larkfield.example"
# Each test has a person of its own, so that they can run side by side.
PEOPLE = [
    ("elin", "Elin", "Bergström", "elin.bergstrom@larkfield.example"),
    ("o'brien", "Aoife", "O'Brien", "aoife@larkfield.example"),
    ("jörg.müller", "Jörg", "Müller", "joerg@larkfield.example"),
    ("anna+key#1", "Anna", "Plus", "anna@larkfield.example"),
    ("rowan", "Rowan", "Achterberg", "rowan@larkfield.example"),
    ("tuva", "Tuva", "Lind", "tuva@larkfield.example"),
    ("milo", "Milo", "Sand", "milo@larkfield.example"),
    ("noor", "Noor", "Haddad", "noor@larkfield.example"),
    ("pia", "Pia", "Holm", "pia@larkfield.example"),
    ("sven", "Sven", "Dahl", "sven@larkfield.example"),
    ("vera", "Vera", "Quist", "vera@larkfield.example"),
    ("yusuf", "Yusuf", "Kaya", "yusuf@larkfield.example"),
    ("zoë", "Zoë", "Vance", "zoe@larkfield.example"),
    ("ines", "Inês", "Costa", "ines@larkfield.example"),
    ("ada", "Ada", "Reyes", "ada@larkfield.example"),
    ("bo", "Bo", "Wikander", "bo@larkfield.example"),
    ("ceri", "Ceri", "Pugh", "ceri@larkfield.example"),
    ("olga", "Olga", "Petrova", "olga@larkfield.example"),
    ("gus", "Gus", "Lagerberg", "gus@larkfield.example"),
]


def main(folder):
    app = create_app(config_name="production", config_file=configuration(folder), silent=True)
    with app.app_context():
        db.create_all()
        fill(folder, os.environ["KEYDESK_PRIVACYIDEA_PASSWORD"])
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    unfinished = os.path.join(folder, "address.new")
    with open(unfinished, "w", encoding="ascii") as file:
        file.write(f"http://127.0.0.1:{server.server_port}")
    os.rename(unfinished, os.path.join(folder, "address"))
    server.serve_forever()


def configuration(folder):
    inside = lambda name: os.path.join(folder, name)
    with open(inside("enckey"), "wb") as file:
        file.write(secrets.token_bytes(96))
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    with open(inside("audit.pem"), "wb") as file:
        file.write(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.TraditionalOpenSSL,
                serialization.NoEncryption(),
            )
        )
    with open(inside("audit.pub"), "wb") as file:
        file.write(
            key.public_key().public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        )
    settings = {
        "SECRET_KEY": secrets.token_hex(),
        "PI_PEPPER": secrets.token_hex(),
        "PI_ENCFILE": inside("enckey"),
        "PI_AUDIT_KEY_PRIVATE": inside("audit.pem"),
        "PI_AUDIT_KEY_PUBLIC": inside("audit.pub"),
        "PI_LOGFILE": inside("privacyidea.log"),
        "PI_LOGLEVEL": logging.WARNING,
        "SQLALCHEMY_DATABASE_URI": "sqlite:///" + inside("server.sqlite"),
        "SUPERUSER_REALM": ["administrators"],
    }
    path = inside("pi.cfg")
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(f"{name} = {value!r}\n" for name, value in settings.items())
    return path


def fill(folder, password):
    people = os.path.join(folder, "people.sqlite")
    with sqlite3.connect(people) as connection:
        connection.execute(
            "create table people (id integer primary key, username, givenname, surname, email)"
        )
        connection.executemany(
            "insert into people (username, givenname, surname, email) values (?, ?, ?, ?)", PEOPLE
        )
    save_resolver(
        {
            "resolver": "people",
            "type": "sqlresolver",
            "Driver": "sqlite",
            "Server": "",
            "Database": people,
            "Table": "people",
            "Map": '{"userid": "id", "username": "username", "givenname": "givenname",'
            ' "surname": "surname", "email": "email"}',
        }
    )
    set_realm(REALM, [{"name": "people"}])
    create_db_admin("op", "op@larkfield.example", password)
    create_db_admin("reader", "reader@larkfield.example", password)
    set_policy("operator", scope="admin", action="*", adminuser=["op"])
    set_policy("reader", scope="admin", action="userlist, tokenlist", adminuser=["reader"])
    set_policy(
        "passkeys",
        scope="enrollment",
        action=[
            f"webauthn_relying_party_id={RELYING_PARTY}",
            "webauthn_relying_party_name=Larkfield",
            "webauthn_user_verification_requirement=required",
            "passkey_attestation_conveyance_preference=direct",
        ],
    )


if __name__ == "__main__":
    main(sys.argv[1])
