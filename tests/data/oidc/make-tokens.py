"""Makes a token of each kind that well-known providers send, with the keys that they publish beside it.

The claims are what such providers send by default; people, servers and times are made up. The private keys are thrown
away. Needs Python's standard library and the command openssl. Writes one JSON file for each kind:

    name      what it is
    issuer    the issuer, as discovery has it
    kind      access, id, refresh, opaque or jwe
    token     the token
    header, claims    what is in it; null where nobody but the provider can read that
    keys      what the provider publishes: a JWK Set, or a JSON object of certificates by kid
"""
import base64
import hashlib
import hmac
import json
import os
import pathlib
import sys

sys.dont_write_bytecode = True
from signing import Key, compact, encode, hexadecimal, number, signed, uuid, words

ISSUED, EXPIRES = 1_800_000_000, 1_800_003_600
HERE = pathlib.Path(__file__).parent


def write(name, issuer, kind, keys, token, header=None, claims=None):
    content = {
        "name": name,
        "issuer": issuer,
        "kind": kind,
        "token": token,
        "header": header,
        "claims": claims,
        "keys": keys,
    }
    path = HERE / (name.lower().replace(" ", "-") + ".json")
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")


PERSON = {
    "name": "Ann Example",
    "given_name": "Ann",
    "family_name": "Example",
    "email": "ann@acme.example",
    "email_verified": True,
}
TIMES = {"iat": ISSUED, "exp": EXPIRES}


def keycloak():
    issuer, user, session = "https://sso.acme.example/realms/acme", uuid("user"), uuid("session")
    key, encryption, elliptic, edwards = Key(name="acme"), Key(name="acme"), Key("EC", "acme"), Key("OKP", "acme")
    kid = words("keycloak", 43)
    keys = {"keys": [
        encryption.jwk(words("encryption", 43), alg="RSA-OAEP", use="enc", **encryption.chain()),
        key.jwk(kid, alg="RS256", use="sig", **key.chain()),
        elliptic.jwk(words("elliptic", 43), alg="ES256", use="sig", **elliptic.chain()),
        edwards.jwk(words("edwards", 43), alg="EdDSA", use="sig"),
    ]}
    header = {"alg": "RS256", "typ": "JWT", "kid": kid}
    common = {"exp": EXPIRES, "iat": ISSUED, "auth_time": ISSUED - 30}
    user_claims = {
        "email_verified": True,
        "name": PERSON["name"],
        "preferred_username": "ann",
        "given_name": PERSON["given_name"],
        "family_name": PERSON["family_name"],
        "email": PERSON["email"],
    }

    def access(name, jti, **changes):
        claims = common | {
            "jti": jti,
            "iss": issuer,
            "aud": "account",
            "sub": user,
            "typ": "Bearer",
            "azp": "jitsi",
            "sid": session,
            "acr": "1",
            "allowed-origins": ["https://meet.example.com"],
            "realm_access": {"roles": ["offline_access", "uma_authorization", "default-roles-acme", "jitsi-moderator"]},
            "resource_access": {"account": {"roles": ["manage-account", "manage-account-links", "view-profile"]}},
            "scope": "openid email profile",
        } | user_claims | changes
        write(name, issuer, "access", keys, signed(key, header, claims), header, claims)

    access("Keycloak access", "onrtac:" + uuid("access"))
    access("Keycloak access audiences", "onrtac:" + uuid("audiences"), aud=["jitsi", "account"], groups=["/staff"])

    claims = {
        "exp": EXPIRES,
        "iat": ISSUED,
        "jti": "onltac:" + uuid("lightweight"),
        "iss": issuer,
        "typ": "Bearer",
        "azp": "jitsi",
        "sid": session,
        "scope": "openid email profile",
    }
    write("Keycloak lightweight", issuer, "access", keys, signed(key, header, claims), header, claims)

    claims = common | {
        "jti": uuid("id"),
        "iss": issuer,
        "aud": "jitsi",
        "sub": user,
        "typ": "ID",
        "azp": "jitsi",
        "nonce": words("nonce", 22),
        "sid": session,
        "at_hash": words("at_hash", 22),
        "acr": "1",
    } | user_claims
    write("Keycloak ID", issuer, "id", keys, signed(key, header, claims), header, claims)

    header = {"alg": "HS512", "typ": "JWT", "kid": uuid("refresh key")}
    claims = {
        "exp": ISSUED + 1800,
        "iat": ISSUED,
        "jti": uuid("refresh"),
        "iss": issuer,
        "aud": issuer,
        "sub": user,
        "typ": "Refresh",
        "azp": "jitsi",
        "sid": session,
        "scope": "openid web-origins acr basic email profile roles",
    }
    text = f"{compact(header)}.{compact(claims)}"
    signature = hmac.new(os.urandom(64), text.encode(), hashlib.sha512).digest()
    write("Keycloak refresh", issuer, "refresh", keys, f"{text}.{encode(signature)}", header, claims)


def authentik():
    issuer, client = "https://auth.acme.example/application/o/jitsi/", words("authentik client", 40)
    key, kid = Key(name="authentik Self-signed Certificate"), hexadecimal("authentik", 32)
    keys = {"keys": [key.jwk(kid, alg="RS256", use="sig", **key.chain())]}
    header = {"alg": "RS256", "kid": kid, "typ": "JWT"}
    claims = {
        "iss": issuer,
        "sub": hexadecimal("authentik user", 64),
        "aud": client,
        "exp": EXPIRES,
        "iat": ISSUED,
        "auth_time": ISSUED - 30,
        "acr": "goauthentik.io/providers/oauth2/default",
        "amr": ["pwd"],
        "sid": hexadecimal("authentik session", 64),
        "email": PERSON["email"],
        "email_verified": True,
        "name": PERSON["name"],
        "given_name": PERSON["name"],
        "preferred_username": "ann",
        "nickname": "ann",
        "groups": ["Staff", "jitsi-moderators"],
        "azp": client,
        "uid": words("uid", 40),
        "scope": "openid email profile",
    }
    write("Authentik access", issuer, "access", keys, signed(key, header, claims), header, claims)


def entra():
    tenant, client, api = uuid("tenant"), uuid("entra client"), uuid("entra api")
    first, second = f"https://sts.windows.net/{tenant}/", f"https://login.microsoftonline.com/{tenant}/v2.0"
    key, next_key = Key(name="accounts.accesscontrol.windows.net"), Key(name="accounts.accesscontrol.windows.net")
    kid = encode(hashlib.sha1(key.der).digest())
    next_kid = encode(hashlib.sha1(next_key.der).digest())

    def published(issuer):
        def jwk(key, kid):
            chain = {name: value for name, value in key.chain().items() if name != "x5t#S256"}
            return key.jwk(kid, use="sig", **chain, cloud_instance_name="microsoftonline.com", issuer=issuer)

        return {"keys": [jwk(next_key, next_kid), jwk(key, kid)]}

    opaque = {"aio": words("aio", 43) + "==", "rh": "1.AAAA" + words("rh", 38) + ".", "uti": words("uti", 22)}
    header = {"typ": "JWT", "alg": "RS256", "x5t": kid, "kid": kid}
    claims = {
        "aud": f"api://{api}",
        "iss": first,
        "iat": ISSUED,
        "nbf": ISSUED,
        "exp": EXPIRES,
        "acr": "1",
        "amr": ["pwd", "mfa"],
        "appid": client,
        "appidacr": "0",
        "family_name": PERSON["family_name"],
        "given_name": PERSON["given_name"],
        "ipaddr": "192.0.2.7",
        "name": PERSON["name"],
        "oid": uuid("entra user"),
        "roles": ["Jitsi.Moderator"],
        "scp": "access_as_user",
        "sub": words("entra subject", 43),
        "tid": tenant,
        "unique_name": PERSON["email"],
        "upn": PERSON["email"],
        "ver": "1.0",
    } | opaque
    write("Entra access v1", first, "access", published(first), signed(key, header, claims), header, claims)

    header = {"typ": "JWT", "alg": "RS256", "kid": kid}
    claims = {
        "aud": api,
        "iss": second,
        "iat": ISSUED,
        "nbf": ISSUED,
        "exp": EXPIRES,
        "azp": client,
        "azpacr": "0",
        "name": PERSON["name"],
        "oid": uuid("entra user"),
        "preferred_username": PERSON["email"],
        "roles": ["Jitsi.Moderator"],
        "scp": "access_as_user",
        "sub": words("entra subject", 43),
        "tid": tenant,
        "ver": "2.0",
    } | opaque
    write("Entra access v2", second, "access", published(second), signed(key, header, claims), header, claims)

    claims = {
        "aud": client,
        "iss": second,
        "iat": ISSUED,
        "nbf": ISSUED,
        "exp": EXPIRES,
        "email": PERSON["email"],
        "name": PERSON["name"],
        "nonce": uuid("entra nonce"),
        "oid": uuid("entra user"),
        "preferred_username": PERSON["email"],
        "sub": words("entra pairwise", 43),
        "tid": tenant,
        "ver": "2.0",
    } | {name: value for name, value in opaque.items() if name != "aio"}
    write("Entra ID", second, "id", published(second), signed(key, header, claims), header, claims)

    # Graph's own tokens are signed over another header than the one that is sent.
    header = {"typ": "JWT", "nonce": words("graph nonce", 43), "alg": "RS256", "x5t": kid, "kid": kid}
    claims = {
        "aud": "00000003-0000-0000-c000-000000000000",
        "iss": first,
        "iat": ISSUED,
        "nbf": ISSUED,
        "exp": EXPIRES,
        "acr": "1",
        "amr": ["pwd", "mfa"],
        "app_displayname": "Jitsi",
        "appid": client,
        "appidacr": "0",
        "idtyp": "user",
        "name": PERSON["name"],
        "oid": uuid("entra user"),
        "scp": "openid profile User.Read email",
        "sub": words("graph subject", 43),
        "tid": tenant,
        "unique_name": PERSON["email"],
        "upn": PERSON["email"],
        "ver": "1.0",
    } | opaque
    hashed = header | {"nonce": encode(hashlib.sha256(header["nonce"].encode()).digest())}
    signature = signed(key, hashed, claims).rsplit(".", 1)[1]
    token = f"{compact(header)}.{compact(claims)}.{signature}"
    write("Entra Graph access", first, "access", published(first), token, header, claims)


def auth0():
    issuer, client, user = "https://acme.eu.auth0.com/", words("auth0 client", 32), "auth0|" + hexadecimal("auth0", 24)
    key, next_key = Key(name="acme.eu.auth0.com"), Key(name="acme.eu.auth0.com")

    def jwk(key, label):
        chain = {name: value for name, value in key.chain().items() if name != "x5t#S256"}
        return key.jwk(words(label, 21), alg="RS256", use="sig", **chain)

    keys = {"keys": [jwk(key, "auth0 key"), jwk(next_key, "auth0 next key")]}
    header = {"alg": "RS256", "typ": "JWT", "kid": words("auth0 key", 21)}
    claims = {
        "iss": issuer,
        "sub": user,
        "aud": "https://meet.example.com/api",
        "iat": ISSUED,
        "exp": EXPIRES,
        "scope": "join:rooms",
        "azp": client,
        "permissions": ["join:rooms", "moderate:rooms"],
    }
    write("Auth0 access", issuer, "access", keys, signed(key, header, claims), header, claims)

    claims = claims | {"aud": [claims["aud"], issuer + "userinfo"], "scope": "openid profile email join:rooms"}
    write("Auth0 access audiences", issuer, "access", keys, signed(key, header, claims), header, claims)

    claims = {
        "given_name": PERSON["given_name"],
        "family_name": PERSON["family_name"],
        "nickname": "ann",
        "name": PERSON["name"],
        "picture": "https://s.gravatar.com/avatar/" + hexadecimal("picture", 32) + "?s=480&r=pg&d=identicon",
        "updated_at": "2027-01-15T07:59:30.123Z",
        "email": PERSON["email"],
        "email_verified": True,
        "iss": issuer,
        "aud": client,
        "sub": user,
        "iat": ISSUED,
        "exp": ISSUED + 36_000,
        "sid": words("auth0 session", 32),
        "nonce": words("auth0 nonce", 43),
    }
    write("Auth0 ID", issuer, "id", keys, signed(key, header, claims), header, claims)

    # What it answers where nobody asks for an audience: only Auth0 has the key.
    header = {"alg": "dir", "enc": "A256GCM", "iss": issuer}
    parts = [encode(os.urandom(length)) for length in (12, 320, 16)]
    write("Auth0 encrypted", issuer, "jwe", keys, f"{compact(header)}..{'.'.join(parts)}", header)


def google():
    issuer = "https://accounts.google.com"
    client = f"{number('google', 12)}-{words('google', 32).lower()}.apps.googleusercontent.com"
    key, next_key = Key(), Key()
    kids = [hexadecimal("google key", 40), hexadecimal("google next key", 40)]
    keys = {"keys": [
        each.jwk(kid, alg="RS256", use="sig") for each, kid in zip([next_key, key], reversed(kids))
    ]}
    header = {"alg": "RS256", "kid": kids[0], "typ": "JWT"}
    for name, spelling in [("Google ID", issuer), ("Google ID bare", issuer.removeprefix("https://"))]:
        claims = {
            "iss": spelling,
            "azp": client,
            "aud": client,
            "sub": number("google user", 21),
            "hd": "acme.example",
            "email": PERSON["email"],
            "email_verified": True,
            "at_hash": words("google hash", 22),
            "nonce": words("google nonce", 22),
            "name": PERSON["name"],
            "picture": "https://lh3.googleusercontent.com/a/" + words("google picture", 32) + "=s96-c",
            "given_name": PERSON["given_name"],
            "family_name": PERSON["family_name"],
        } | TIMES
        write(name, issuer, "id", keys, signed(key, header, claims), header, claims)
    token = "ya29.a0" + words("google opaque", 43) + words("google opaque end", 43)
    write("Google access", issuer, "opaque", keys, token)


def firebase():
    project = "acme-meet"
    issuer, user = f"https://securetoken.google.com/{project}", words("firebase user", 28)
    name = "securetoken.system.gserviceaccount.com"
    key, next_key = Key(name=name), Key(name=name)
    kid = hexadecimal("firebase key", 40)
    keys = {kid: key.certificate, hexadecimal("firebase next key", 40): next_key.certificate}
    header = {"alg": "RS256", "kid": kid, "typ": "JWT"}
    claims = {
        "name": PERSON["name"],
        "picture": "https://lh3.googleusercontent.com/a/" + words("google picture", 32) + "=s96-c",
        "iss": issuer,
        "aud": project,
        "auth_time": ISSUED - 30,
        "user_id": user,
        "sub": user,
        "iat": ISSUED,
        "exp": EXPIRES,
        "email": PERSON["email"],
        "email_verified": True,
        "firebase": {
            "identities": {"google.com": [number("google user", 21)], "email": [PERSON["email"]]},
            "sign_in_provider": "google.com",
        },
    }
    write("Firebase ID", issuer, "id", keys, signed(key, header, claims), header, claims)


def cognito():
    pool = "eu-central-1_" + words("cognito", 9)
    issuer = f"https://cognito-idp.eu-central-1.amazonaws.com/{pool}"
    client, user = words("cognito client", 26).lower(), uuid("cognito user")
    key, other_key = Key(), Key()
    kids = [base64.b64encode(hashlib.sha256(name).digest()).decode() for name in (b"cognito key", b"cognito other key")]
    keys = {"keys": [
        each.jwk(kid, alg="RS256", use="sig") for each, kid in zip([other_key, key], reversed(kids))
    ]}
    session = {"origin_jti": uuid("origin"), "event_id": uuid("event"), "auth_time": ISSUED}
    # It signs the two kinds with two keys.
    header = {"kid": kids[0], "alg": "RS256"}
    claims = {
        "sub": user,
        "cognito:groups": ["staff"],
        "iss": issuer,
        "version": 2,
        "client_id": client,
        "token_use": "access",
        "scope": "openid profile email",
        "jti": uuid("cognito access"),
        "username": user,
    } | session | TIMES
    write("Cognito access", issuer, "access", keys, signed(key, header, claims), header, claims)

    header = {"kid": kids[1], "alg": "RS256"}
    claims = {
        "at_hash": words("cognito hash", 22),
        "sub": user,
        "cognito:groups": ["staff"],
        "email_verified": True,
        "iss": issuer,
        "cognito:username": user,
        "aud": client,
        "token_use": "id",
        "jti": uuid("cognito id"),
        "name": PERSON["name"],
        "email": PERSON["email"],
    } | session | TIMES
    write("Cognito ID", issuer, "id", keys, signed(other_key, header, claims), header, claims)


def okta():
    issuer = "https://acme.okta.com/oauth2/default"
    client, user = "0oa" + words("okta client", 17), "00u" + words("okta user", 17)
    key, kid = Key(), words("okta key", 43)
    keys = {"keys": [key.jwk(kid, alg="RS256", use="sig")]}
    header = {"kid": kid, "alg": "RS256"}
    claims = {
        "ver": 1,
        "jti": "AT." + words("okta access", 43),
        "iss": issuer,
        "aud": "api://default",
        "iat": ISSUED,
        "exp": EXPIRES,
        "cid": client,
        "uid": user,
        "scp": ["openid", "profile", "email"],
        "auth_time": ISSUED - 30,
        "sub": PERSON["email"],
        "groups": ["Everyone", "jitsi-moderators"],
    }
    write("Okta access", issuer, "access", keys, signed(key, header, claims), header, claims)

    claims = {
        "sub": user,
        "name": PERSON["name"],
        "email": PERSON["email"],
        "ver": 1,
        "iss": issuer,
        "aud": client,
        "iat": ISSUED,
        "exp": EXPIRES,
        "jti": "ID." + words("okta id", 43),
        "amr": ["pwd", "mfa"],
        "idp": "00o" + words("okta provider", 17),
        "nonce": words("okta nonce", 43),
        "preferred_username": PERSON["email"],
        "auth_time": ISSUED - 30,
        "at_hash": words("okta hash", 22),
    }
    write("Okta ID", issuer, "id", keys, signed(key, header, claims), header, claims)


def zitadel():
    issuer, project, organization = "https://acme-a1b2c3.zitadel.cloud", number("project", 18), number("org", 18)
    client = number("zitadel client", 18)
    key, web_key = Key(), Key("EC")
    kid = number("zitadel key", 18)
    keys = {"keys": [
        web_key.jwk(number("zitadel next key", 18), alg="ES256", use="sig"),
        key.jwk(kid, alg="RS256", use="sig"),
    ]}
    header = {"alg": "RS256", "kid": kid, "typ": "JWT"}
    roles = {"jitsi-moderator": {organization: "acme.acme-a1b2c3.zitadel.cloud"}}
    claims = {
        "aud": [client, project],
        "client_id": client,
        "exp": EXPIRES,
        "iat": ISSUED,
        "iss": issuer,
        "jti": "V2_" + number("zitadel token", 18) + "-at_" + number("zitadel access", 18),
        "nbf": ISSUED,
        "sub": number("zitadel user", 18),
        "urn:zitadel:iam:org:project:roles": roles,
        f"urn:zitadel:iam:org:project:{project}:roles": roles,
    }
    write("Zitadel access", issuer, "access", keys, signed(key, header, claims), header, claims)
    token = words("zitadel opaque", 43) + words("zitadel opaque end", 43) + words("zitadel more", 20)
    write("Zitadel opaque", issuer, "opaque", keys, token)


for provider in [keycloak, authentik, entra, auth0, google, firebase, cognito, okta, zitadel]:
    provider()
