"""Keys that live as long as a script, what is published of them, and tokens that they sign."""
import base64
import hashlib
import json
import subprocess
import tempfile


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def compact(value):
    return encode(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode())


def openssl(*arguments, given=b""):
    return subprocess.run(["openssl", *arguments], input=given, capture_output=True, check=True).stdout


def number(label, length):
    """Digits that are the same in each run."""
    return str(int(hashlib.sha256(label.encode()).hexdigest(), 16))[:length]


def words(label, length):
    """Letters and digits that are the same in each run."""
    return encode(hashlib.sha256(label.encode()).digest()).replace("-", "a").replace("_", "b")[:length]


def hexadecimal(label, length):
    return hashlib.sha512(label.encode()).hexdigest()[:length]


def uuid(label):
    digits = hexadecimal(label, 32)
    return "-".join([digits[:8], digits[8:12], "4" + digits[13:16], "a" + digits[17:20], digits[20:]])


class Key:
    """A private key that lives as long as the script, and what is published of it."""

    def __init__(self, kind="RSA", name="issuer"):
        options = {
            "RSA": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
            "EC": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
            "OKP": ["-algorithm", "ED25519"],
        }
        self.kind = kind
        self.private = openssl("genpkey", *options[kind])
        request = ["req", "-x509", "-new", "-key", "/dev/stdin", "-subj", f"/CN={name}", "-days", "3650"]
        self.certificate = openssl(*request, given=self.private).decode()
        lines = self.certificate.strip().splitlines()[1:-1]
        self.der = base64.b64decode("".join(lines))

    def sign(self, text):
        """RS256, which all of these providers sign with unless they are told otherwise."""
        with tempfile.NamedTemporaryFile() as file:
            file.write(self.private)
            file.flush()
            return openssl("dgst", "-sha256", "-sign", file.name, given=text.encode())

    def material(self):
        """What makes it the key that it is, as a JWK has it."""
        spki = openssl("pkey", "-pubout", "-outform", "DER", given=self.private)
        if self.kind == "RSA":
            modulus = openssl("rsa", "-noout", "-modulus", given=self.private).decode()
            modulus = bytes.fromhex(modulus.strip().removeprefix("Modulus="))
            return {"kty": "RSA", "n": encode(modulus), "e": "AQAB"}
        if self.kind == "EC":
            return {"kty": "EC", "crv": "P-256", "x": encode(spki[-64:-32]), "y": encode(spki[-32:])}
        return {"kty": "OKP", "crv": "Ed25519", "x": encode(spki[-32:])}

    def chain(self):
        """The members that name its certificate."""
        return {
            "x5c": [base64.b64encode(self.der).decode()],
            "x5t": encode(hashlib.sha1(self.der).digest()),
            "x5t#S256": encode(hashlib.sha256(self.der).digest()),
        }

    def jwk(self, kid, **members):
        return {"kid": kid} | members | self.material()


def signed(key, header, claims):
    text = f"{compact(header)}.{compact(claims)}"
    return f"{text}.{encode(key.sign(text))}"
