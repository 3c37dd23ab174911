// Decisions, as Prosody asks for them.

const AT_ONCE = 4;

// Asks about all of these, a few at a time, and says whether each was let in.
export async function decide(base, key, questions) {
    const answers = [];
    for (let begin = 0; begin < questions.length; begin += AT_ONCE) {
        const asked = questions.slice(begin, begin + AT_ONCE).map((question) => verify(base, key, question));
        answers.push(...(await Promise.all(asked)));
    }
    return answers;
}

async function verify(base, key, { token, room, host = 'meet.example.com' }) {
    const answer = await fetch(`${base}/v1/verify`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
        body: JSON.stringify({ token, room, host }),
    });
    if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
    return (await answer.json()).allowed;
}
