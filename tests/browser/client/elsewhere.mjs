// A server of somebody else: pages at another port of this machine, which is the same site, and at another name, which is another one.

import { once } from 'node:events';
import { createServer } from 'node:http';

export class Elsewhere {
    #server;
    #pages = new Map();

    static async start() {
        const elsewhere = new Elsewhere();
        elsewhere.#server = createServer((request, response) => elsewhere.#answer(request, response));
        elsewhere.#server.listen(0, '127.0.0.1');
        await once(elsewhere.#server, 'listening');
        return elsewhere;
    }

    get port() {
        return this.#server.address().port;
    }

    get sameSite() {
        return `http://127.0.0.1:${this.port}`;
    }

    get crossSite() {
        return `http://evil.localhost:${this.port}`;
    }

    // Has a page there from now on. It has no picture, so that none is asked for.
    page(path, html) {
        this.#pages.set(path, `<!doctype html><link rel="icon" href="data:,">${html}`);
    }

    stop() {
        this.#server.closeAllConnections();
        this.#server.close();
    }

    #answer(request, response) {
        const html = this.#pages.get(new URL(request.url, this.sameSite).pathname);
        response.writeHead(html ? 200 : 404, { 'content-type': 'text/html; charset=utf-8' });
        response.end(html ?? '');
    }
}
