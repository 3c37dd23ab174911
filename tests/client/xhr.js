// The part of XMLHttpRequest that strophe.js needs for BOSH and that node does not have.

import http from 'node:http';

const agent = new http.Agent({ keepAlive: true });

export class HttpRequest {
    readyState = 0;
    status = 0;
    responseText = '';
    responseXML = null;
    onreadystatechange = () => {};

    open(method, url) {
        this.request = http.request(url, { method, agent });
        this.request.on('response', (response) => this.#read(response));
        this.request.on('error', () => this.#finish(0));
        this.readyState = 1;
    }

    setRequestHeader(name, value) {
        this.request.setHeader(name, value);
    }

    getAllResponseHeaders() {
        return '';
    }

    send(body) {
        this.request.end(body);
    }

    abort() {
        this.request?.destroy();
    }

    #read(response) {
        response.setEncoding('utf8');
        response.on('data', (chunk) => (this.responseText += chunk));
        response.on('end', () => this.#finish(response.statusCode));
        response.on('error', () => this.#finish(0));
    }

    #finish(status) {
        if (this.readyState === 4) return;
        this.readyState = 4;
        this.status = status;
        if (status === 200) {
            this.responseXML = new DOMParser().parseFromString(this.responseText, 'text/xml');
        }
        this.onreadystatechange();
    }
}
