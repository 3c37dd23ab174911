//! Tokens that are minted here, and elsewhere.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use super::fixture::{claims, run, start, text};
use support::issuer::alice;

const SECRET: &str = "the secret of the tests that mint, long enough";

fn mint(arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let output = run(&[&["mint"], arguments].concat(), environment);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let token = text(&output.stdout);
    assert_eq!(
        (token.matches('\n').count(), token.matches('.').count()),
        (1, 2),
        "{token}"
    );
    token.trim_end().to_owned()
}

fn refused(arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let output = run(&[&["mint"], arguments].concat(), environment);
    assert!(!output.status.success() && output.stdout.is_empty());
    text(&output.stderr)
}

fn decode(token: &str, part: usize) -> Value {
    use base64::Engine;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;
    let part = token.split('.').nth(part).unwrap();
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// What Python's JWT library says of a token, or the token that it makes.
fn python(script: &str, input: &Value) -> Result<String, String> {
    let output = Command::new("/usr/bin/python3")
        .args([
            "-c",
            &format!("import json, sys, jwt\ni = json.loads(sys.argv[1])\n{script}"),
        ])
        .arg(input.to_string())
        .output()
        .unwrap();
    if output.status.success() {
        Ok(text(&output.stdout).trim_end().to_owned())
    } else {
        Err(text(&output.stderr))
    }
}

/// The claims of a token with an RSA signature, if `jose`, the library of many a web service, accepts it.
fn jose(token: &str, public: &str, audience: &str) -> Value {
    let script = "import * as jose from 'jose'; const [t, k, a] = process.argv.slice(1); \
        const key = await jose.importSPKI(k, 'RS256'); \
        const {payload} = await jose.jwtVerify(t, key, {audience: a, algorithms: ['RS256']}); \
        console.log(JSON.stringify(payload));";
    let output = Command::new("node")
        .args(["--input-type=module", "-e", script, token, public, audience])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/client"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

const VERIFY: &str =
    "print(json.dumps(jwt.decode(i['token'], i['key'], algorithms=[i['alg']], audience=i['aud'])))";
const SIGN: &str =
    "print(jwt.encode(i['claims'], i['key'], algorithm=i['alg'], headers={'kid': 'a'}))";

#[test]
fn a_token_from_a_hosts_own_secret_is_accepted_here_and_by_another_library() {
    let running = start(&format!("app_secret = [\"{SECRET}\", \"older\"]"));
    let configuration = running.configuration();
    let configuration = configuration.to_str().unwrap();
    let token = mint(
        &[
            "--config",
            configuration,
            "--room",
            "standup",
            "--user",
            "Ann",
            "--moderator",
            "--ttl",
            "60",
        ],
        &[],
    );
    assert_eq!(running.verdict(&token), "allowed");
    let input = json!({"token": token, "key": SECRET, "alg": "HS256", "aud": "my_app"});
    let claims: Value = serde_json::from_str(&python(VERIFY, &input).unwrap()).unwrap();
    assert_eq!(
        claims["context"]["user"],
        json!({"name": "Ann", "moderator": true})
    );
    assert_eq!(
        claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(),
        60
    );
    assert_eq!(
        (&claims["sub"], &claims["room"]),
        (&json!("meet.example.com"), &json!("standup"))
    );
    let wrong = json!({"token": token, "key": "older", "alg": "HS256", "aud": "my_app"});
    assert!(
        python(VERIFY, &wrong)
            .unwrap_err()
            .contains("InvalidSignatureError")
    );
}

#[test]
fn tokens_from_private_keys_of_either_form_are_accepted_here_and_by_another_library() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let ssh_keygen = ["-q", "-t", "rsa", "-b", "4096", "-m", "PEM", "-N", "", "-f"];
    let made = Command::new("ssh-keygen")
        .args(ssh_keygen)
        .arg(at("pkcs1"))
        .status();
    assert!(made.unwrap().success());
    let openssl = |arguments: &[&str]| {
        let output = Command::new("openssl").args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
    };
    openssl(&[
        "rsa",
        "-in",
        &at("pkcs1"),
        "-pubout",
        "-out",
        &at("public.pem"),
    ]);
    openssl(&[
        "pkcs8",
        "-topk8",
        "-nocrypt",
        "-in",
        &at("pkcs1"),
        "-out",
        &at("pkcs8"),
    ]);
    let forms = [
        fs::read_to_string(at("pkcs1")).unwrap(),
        fs::read_to_string(at("pkcs8")).unwrap(),
    ];
    assert!(forms[0].contains("BEGIN RSA PRIVATE KEY") && forms[1].contains("BEGIN PRIVATE KEY"));
    fs::create_dir(at("keys")).unwrap();
    fs::copy(at("public.pem"), at("keys/app%2Fkey.pem")).unwrap();
    let running = start(&format!("key_folder = \"{}\"", at("keys")));
    let configuration = running.configuration();
    let configuration = configuration.to_str().unwrap();
    let public = fs::read_to_string(at("public.pem")).unwrap();
    for (arguments, environment) in [
        (["--key-file", &at("pkcs1")], vec![]),
        (["--key-file", &at("pkcs8")], vec![]),
        (["--key-env", "A_KEY"], vec![("A_KEY", forms[0].as_str())]),
        (["--key-env", "A_KEY"], vec![("A_KEY", forms[1].as_str())]),
    ] {
        let always = ["--config", configuration, "--kid", "app/key"];
        let token = mint(&[&always, arguments.as_slice()].concat(), &environment);
        assert_eq!(running.verdict(&token), "allowed", "{arguments:?}");
        let input = json!({"token": token, "key": public, "alg": "RS256", "aud": "my_app"});
        python(VERIFY, &input).unwrap();
        assert_eq!(jose(&token, &public, "my_app")["room"], "*");
    }
    let needed = refused(&["--config", configuration], &[]);
    assert!(needed.contains("--key-file or --key-env"), "{needed}");
    let wrong = refused(
        &["--config", configuration, "--key-file", &at("public.pem")],
        &[],
    );
    assert!(wrong.contains("no private key in PEM"), "{wrong}");
}

#[test]
fn a_token_of_an_issuer_is_accepted_by_another_library_whatever_kind_its_key_is() {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data");
    for (name, algorithms, algorithm) in [
        ("p256", "\"RS256\", \"ES256\"", "ES256"),
        ("p384", "\"ES256\", \"ES384\"", "ES384"),
        ("p521", "\"ES384\", \"ES512\"", "ES512"),
        ("ed25519", "\"EdDSA\"", "EdDSA"),
        ("rsa", "\"ES256\", \"PS256\", \"RS256\"", "PS256"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let public = fs::read_to_string(format!("{data}/{name}-public.pem")).unwrap();
        fs::write(folder.path().join("a.pem"), &public).unwrap();
        let running = start(&format!(
            "app_secret = \"{SECRET}\"\n[[hosts.\"meet.example.com\".issuers]]\nname = \"other\"\nissuer = \"other\"\n\
             audiences = [\"other\"]\nkey_folder = \"{}\"\nalgorithms = [{algorithms}]",
            folder.path().display()
        ));
        let configuration = running.configuration();
        let private = format!("{data}/{name}-private.pem");
        let configuration = ["--config", configuration.to_str().unwrap()];
        let of_other = ["--issuer", "other", "--kid", "a", "--key-file", &private];
        let token = mint(&[configuration.as_slice(), &of_other].concat(), &[]);
        assert_eq!(running.verdict(&token), "allowed", "{name}");
        let input = json!({"token": token, "key": public, "alg": algorithm, "aud": "other"});
        let claims: Value = serde_json::from_str(&python(VERIFY, &input).unwrap()).unwrap();
        assert_eq!(claims["iss"], "other");
        let wrong = json!({"token": token, "key": public, "alg": algorithm, "aud": "my_app"});
        let refused = python(VERIFY, &wrong).unwrap_err();
        assert!(refused.contains("InvalidAudienceError"), "{refused}");
    }
}

#[test]
fn the_variables_of_jaas_are_taken_as_they_are() {
    let escaped = alice().private_pem().trim().replace('\n', "\\n");
    let plain = alice().private_pem();
    let app_id = "vpaas-magic-cookie-0123";
    for environment in [
        vec![
            ("JAAS_APP_ID", app_id),
            ("JAAS_KID", "vpaas-magic-cookie-0123/abc"),
            ("JAAS_PRIVATE_KEY", &escaped),
        ],
        vec![
            ("JITSI_APP_ID", app_id),
            ("JITSI_KEY_ID", "abc"),
            ("JITSI_APP_SECRET", &plain),
        ],
    ] {
        let token = mint(&["--jaas", "--user", "Ann", "--moderator"], &environment);
        let header = json!({"alg": "RS256", "typ": "JWT", "kid": format!("{app_id}/abc")});
        assert_eq!(decode(&token, 0), header);
        let claims = decode(&token, 1);
        let found = [
            &claims["iss"],
            &claims["aud"],
            &claims["sub"],
            &claims["room"],
        ];
        assert_eq!(found, ["chat", "jitsi", app_id, "*"]);
        assert_eq!(
            claims["context"]["user"],
            json!({"name": "Ann", "moderator": true})
        );
        let key = alice().public_pem();
        python(
            VERIFY,
            &json!({"token": token, "key": key, "alg": "RS256", "aud": "jitsi"}),
        )
        .unwrap();
    }
    let missing = refused(&["--jaas"], &[("JAAS_APP_ID", app_id), ("JAAS_KID", "x")]);
    assert!(missing.contains("JAAS_PRIVATE_KEY is not set"), "{missing}");
    let broken = refused(
        &["--jaas"],
        &[
            ("JAAS_APP_ID", app_id),
            ("JAAS_KID", "x"),
            ("JAAS_PRIVATE_KEY", "not-to-be-shown"),
        ],
    );
    assert!(
        broken.contains("PKCS#1") && !broken.contains("not-to-be-shown"),
        "{broken}"
    );
}

#[test]
fn another_librarys_tokens_are_accepted() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.pem"), alice().public_pem()).unwrap();
    let by_secret = start(&format!("app_secret = \"{SECRET}\""));
    let by_key = start(&format!("key_folder = \"{}\"", folder.path().display()));
    let private = alice().private_pem();
    for (running, key, algorithm, verdict) in [
        (&by_secret, SECRET, "HS256", "allowed"),
        (&by_secret, SECRET, "HS512", "alg-not-accepted"),
        (&by_secret, "another", "HS256", "signature-invalid"),
        (&by_key, private.as_str(), "RS256", "allowed"),
        (&by_key, private.as_str(), "RS384", "alg-not-accepted"),
        (&by_key, SECRET, "HS256", "alg-not-rsa"),
    ] {
        let input = json!({"claims": claims(), "key": key, "alg": algorithm});
        let token = python(SIGN, &input).unwrap();
        assert_eq!(running.verdict(&token), verdict, "{algorithm}");
    }
}

/// What is said beside a token that is made all the same.
fn remarks(arguments: &[&str], environment: &[(&str, &str)]) -> (String, String) {
    let output = run(&[&["mint"], arguments].concat(), environment);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout).matches('.').count(), 2);
    (text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_token_that_its_own_host_denies_is_made_and_the_reason_said() {
    let running = start(&format!("app_secret = \"{SECRET}\""));
    let configuration = running.configuration();
    let configuration = configuration.to_str().unwrap();
    for (arguments, says) in [
        (&["--ttl", "0"][..], "denies this token: exp: found"),
        (
            &["--sub", "elsewhere.example"],
            "denies this token: sub: found \"elsewhere.example\"",
        ),
        (
            &["--sub", "elsewhere.example", "--room", "standup"],
            "denies this token: sub: found \"elsewhere.example\"",
        ),
        (
            &["--iss", "globex"],
            "denies this token: iss: found \"globex\"",
        ),
        (
            &["--aud", "globex"],
            "denies this token: aud: found \"globex\"",
        ),
    ] {
        let (_, said) = remarks(&[&["--config", configuration], arguments].concat(), &[]);
        assert!(said.contains(says), "{arguments:?}: {said}");
    }
    for arguments in [
        &[][..],
        &["--room", "standup"],
        &["--ttl", "60"],
        &["--sub", "acme"],
        &["--sub", "acme", "--room", "standup"],
        &["--sub", "*"],
    ] {
        let (_, said) = remarks(&[&["--config", configuration], arguments].concat(), &[]);
        assert_eq!(said, "", "{arguments:?}");
    }
}

#[test]
fn a_token_without_the_kid_that_its_host_looks_for_is_made_and_the_reason_said() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.pem"), alice().public_pem()).unwrap();
    let running = start(&format!("key_folder = \"{}\"", folder.path().display()));
    let configuration = running.configuration();
    let configuration = configuration.to_str().unwrap();
    let private = alice().private_pem();
    let environment = [("KEY", private.as_str())];
    let usual = ["--config", configuration, "--key-env", "KEY"];
    for (kid, says) in [
        (&[][..], "denies this token: kid: found nothing"),
        (&["--kid", "b"], "denies this token: kid: found \"b\""),
        (&["--kid", "a"], ""),
    ] {
        let (_, said) = remarks(&[&usual, kid].concat(), &environment);
        assert!(
            said.contains(says) && said.is_empty() == says.is_empty(),
            "{kid:?}: {said}"
        );
    }
}

#[test]
fn a_room_is_minted_as_the_web_client_joins_it_and_that_is_said() {
    let running = start(&format!("app_secret = \"{SECRET}\""));
    let configuration = running.configuration();
    let configuration = configuration.to_str().unwrap();
    for (name, claim) in [
        ("Тест", "%d1%82%d0%b5%d1%81%d1%82"),
        ("Tür 3", "t%c3%bcr%203"),
        ("https://meet.example.com/standup", "standup"),
    ] {
        let (token, said) = remarks(&["--config", configuration, "--room", name], &[]);
        assert_eq!(decode(token.trim_end(), 1)["room"], claim);
        assert!(
            said.starts_with(&format!("the room claim is {claim}")),
            "{said}"
        );
    }
}

#[test]
fn a_token_for_jaas_with_a_key_of_another_app_is_made_and_the_reason_said() {
    let private = alice().private_pem();
    let environment = [
        ("JAAS_APP_ID", "vpaas-magic-cookie-1"),
        ("JAAS_KID", "vpaas-magic-cookie-2/4f4910"),
        ("JAAS_PRIVATE_KEY", private.as_str()),
    ];
    let (_, said) = remarks(&["--jaas"], &environment);
    assert!(
        said.contains("JaaS denies this token") && said.contains("another app"),
        "{said}"
    );
    let (_, said) = remarks(&["--jaas", "--kid", "4f4910"], &environment);
    assert_eq!(said, "");
}

#[test]
fn a_token_for_jaas_has_features_patterns_and_claims_of_a_file() {
    let private = alice().private_pem();
    let environment = [
        ("JAAS_APP_ID", "vpaas-magic-cookie-1"),
        ("JAAS_KID", "4f4910"),
        ("JAAS_PRIVATE_KEY", private.as_str()),
    ];
    let folder = tempfile::tempdir().unwrap();
    let claims = folder.path().join("claims.json");
    let file = claims.to_str().unwrap();
    fs::write(&claims, "{\"context\": {\"user\": {\"id\": \"u-1\"}}}").unwrap();
    let arguments = ["--jaas", "--feature", "recording", "--claims", file];
    let of_room = ["--regex", "--room", "team-.*"];
    let (token, said) = remarks(&[&arguments[..], &of_room].concat(), &environment);
    let context = json!({
        "user": {"id": "u-1"}, "features": {"recording": true}, "room": {"regex": true},
    });
    assert_eq!(decode(token.trim_end(), 1)["context"], context);
    assert_eq!(said, "");
    for (changes, says) in [
        (
            "{\"sub\": \"other\"}",
            "sub must be \"vpaas-magic-cookie-1\"",
        ),
        ("{\"iss\": null}", "iss must be \"chat\""),
        ("{\"aud\": [\"jitsi\"]}", "aud must be \"jitsi\""),
    ] {
        fs::write(&claims, changes).unwrap();
        let (_, said) = remarks(&["--jaas", "--claims", file], &environment);
        assert!(said.contains(says), "{said}");
    }
}
