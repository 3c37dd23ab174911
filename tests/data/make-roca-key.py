"""Makes a public RSA key of the form that ROCA has (CVE-2017-15361), for the unit tests. It protects nothing."""
import base64
import random

random.seed(1)


def is_prime(number):
    if any(number % small == 0 for small in range(3, 1000, 2)):
        return False
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for _ in range(30):
        power = pow(random.randrange(2, number), odd, number)
        if power in (1, number - 1):
            continue
        for _ in range(twos - 1):
            power = power * power % number
            if power == number - 1:
                break
        else:
            return False
    return True


# The library takes the first 126 primes for keys of 2048 bits.
small = [number for number in range(2, 702) if all(number % other for other in range(2, number))]
base = 1
for prime in small:
    base *= prime


def prime_of_the_form(bits):
    while True:
        factor = random.getrandbits(bits - base.bit_length())
        number = factor * base + pow(65537, random.getrandbits(200), base)
        if number.bit_length() == bits and number >> (bits - 2) == 3 and is_prime(number):
            return number


def der(tag, contents):
    length = len(contents)
    size = bytes([length]) if length < 128 else bytes([0x82]) + length.to_bytes(2, "big")
    return bytes([tag]) + size + contents


def integer(number):
    return der(2, number.to_bytes(number.bit_length() // 8 + 1, "big"))


modulus = prime_of_the_form(1024) * prime_of_the_form(1024)
algorithm = der(0x30, bytes.fromhex("06092a864886f70d0101010500"))
key = der(0x30, algorithm + der(3, b"\0" + der(0x30, integer(modulus) + integer(65537))))
text = base64.b64encode(key).decode()
lines = [text[start : start + 64] for start in range(0, len(text), 64)]
print("\n".join(["-----BEGIN PUBLIC KEY-----", *lines, "-----END PUBLIC KEY-----"]))
