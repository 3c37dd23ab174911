// Sees what must not happen in a browser, whatever a scenario is about: what the policy of contents has to stop, what goes wrong in scripts
// and what is asked of another server.

import assert from 'node:assert/strict';

export class Watch {
    #base;
    #seen = [];
    #expected = [];
    #allowed = [];

    constructor(base) {
        this.#base = new URL(base).origin;
    }

    // Sees everything that happens in this browser from now on.
    async over(context) {
        await context.exposeBinding('tell', (source, violation) => this.#note('violation', violation));
        await context.addInitScript(tellViolations);
        context.on('console', (message) => this.#hear(message));
        context.on('weberror', (error) => this.#note('error of a script', error.error().stack));
        context.on('request', (request) => this.#ask(request.url()));
        context.on('dialog', (dialog) => {
            this.#note('dialog', dialog.message());
            // It may be gone with its page.
            dialog.dismiss().catch(() => {});
        });
    }

    // What the scenario brings about itself, at least once.
    expect(pattern) {
        this.#expected.push(pattern);
    }

    // What the scenario may bring about.
    allow(pattern) {
        this.#allowed.push(pattern);
    }

    // Nothing happened but what was expected, and all of that did.
    nothingElse() {
        const isExpected = (line) => [...this.#expected, ...this.#allowed].some((pattern) => pattern.test(line));
        assert.deepEqual(this.#seen.filter((line) => !isExpected(line)), []);
        const missing = this.#expected.filter((pattern) => !this.#seen.some((line) => pattern.test(line)));
        assert.deepEqual(missing, [], 'this was to happen');
    }

    // Everything so far, for people.
    told() {
        return this.#seen.map((line) => `seen: ${line}\n`).join('');
    }

    #note(kind, what) {
        this.#seen.push(`${kind}: ${what}`);
    }

    #hear(message) {
        if (['error', 'warning'].includes(message.type()) || /Content Security Policy|Trusted/i.test(message.text())) {
            this.#note(`console ${message.type()}`, `${message.text()} (${message.location().url})`);
        }
    }

    #ask(url) {
        if (new URL(url).origin !== this.#base) this.#note('request elsewhere', url);
    }
}

// Runs in each page before its own scripts.
function tellViolations() {
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sample }) => {
        window.tell(`${violatedDirective} ${blockedURI} ${sample}`);
    });
}
