//! RSA keys that a library in smart cards and security modules made (ROCA, CVE-2017-15361). Their primes come from so
//! few numbers that the private key can be computed from the public one.

/// Whether a modulus has the form of those keys: modulo each small prime it is a power of 65537.
///
/// Of moduli that were made well about one in a hundred million is taken for one.
pub fn is_guessable(modulus: &[u8]) -> bool {
    let bytes = MIN_BYTES..=MAX_BYTES;
    bytes.contains(&modulus.len())
        && PRIMES
            .iter()
            .all(|prime| is_power(remainder(modulus, *prime), *prime))
}

fn remainder(number: &[u8], prime: u32) -> u32 {
    let append = |remainder, byte: &u8| (remainder * 256 + u32::from(*byte)) % prime;
    number.iter().fold(0, append)
}

fn is_power(remainder: u32, prime: u32) -> bool {
    let first = GENERATOR % prime;
    let mut power = first;
    loop {
        if power == remainder {
            return true;
        }
        power = power * first % prime;
        if power == first {
            return false;
        }
    }
}

const GENERATOR: u32 = 65_537;
/// The odd ones of those that divide the number from which the library begins, for keys of the smallest size.
const PRIMES: [u32; 38] = [
    3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97,
    101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
];
/// The library makes no shorter keys, and short numbers have the form by chance.
const MIN_BYTES: usize = 64;
/// Longer keys verify nothing here.
const MAX_BYTES: usize = 1_024;

#[cfg(test)]
mod tests {
    use super::*;

    /// A number of the form that the library's moduli have, though no product of two primes.
    fn of_the_form(bytes: usize) -> Vec<u8> {
        let mut number = vec![1_u8];
        while number.len() < bytes {
            // Times 65537: the number, and itself moved by two bytes.
            let moved = [number.as_slice(), &[0, 0]].concat();
            let mut carry = 0;
            let sum = moved.iter().rev().enumerate().map(|(place, byte)| {
                let own = number.iter().rev().nth(place).copied().unwrap_or(0);
                let sum = u16::from(*byte) + u16::from(own) + carry;
                carry = sum >> 8;
                sum.to_le_bytes()[0]
            });
            let mut sum: Vec<u8> = sum.collect();
            sum.extend((carry > 0).then_some(1));
            sum.reverse();
            number = sum;
        }
        number
    }

    #[test]
    fn moduli_of_the_form_are_found_at_every_size_that_is_in_use() {
        for bytes in [64, 128, 256, 384, 512] {
            let mut modulus = of_the_form(bytes);
            assert!(is_guessable(&modulus), "{bytes} bytes");
            *modulus.last_mut().unwrap() ^= 2;
            assert!(!is_guessable(&modulus), "{bytes} bytes");
        }
    }

    #[test]
    fn other_moduli_are_not_of_the_form() {
        for modulus in [&[][..], &[0; 64], &[255; 256], &[1, 0, 1], &[1; 2_000]] {
            assert!(!is_guessable(modulus), "{} bytes", modulus.len());
        }
        let multiples = (0..=255_u8).map(|byte| [[byte; 32], [251; 32]].concat());
        assert_eq!(multiples.filter(|modulus| is_guessable(modulus)).count(), 0);
    }
}
