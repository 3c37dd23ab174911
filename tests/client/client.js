// Drives any number of XMPP clients for the tests: commands as JSON lines on standard input, what the clients saw as
// JSON lines on standard output. Tokens come in through standard input, so no process list shows them.

import { createInterface } from 'node:readline';
import { Console } from 'node:console';

import { $iq, $msg, $pres, Strophe } from 'strophe.js';
import WebSocket from 'ws';

import { HttpRequest } from './xhr.js';

const MUC = 'http://jabber.org/protocol/muc';
const MUC_USER = 'http://jabber.org/protocol/muc#user';
const JITMEET = 'http://jitsi.org/jitmeet';
const RAYO = 'urn:xmpp:rayo:1';
const STANZA_ERRORS = 'urn:ietf:params:xml:ns:xmpp-stanzas';

// Standard output carries events alone.
globalThis.console = new Console(process.stderr);
Strophe.setLogLevel(Strophe.LogLevel.WARN);

// strophe.js opens its socket within connect() and has no option for headers, as browsers have none.
let upgradeHeaders = {};
globalThis.XMLHttpRequest = HttpRequest;
globalThis.WebSocket = class extends WebSocket {
    constructor(url, protocols) {
        super(url, protocols, { headers: upgradeHeaders });
    }
};

const connections = new Map();
const resumptionIds = new Map();

const commands = { connect, resume, proceed, join, leave, message, dial, disconnect, drop };

function connect({ client, url, host, user, password, authorization, resumable }) {
    const headers = authorization ? { Authorization: authorization } : {};
    const mechanisms = [user ? Strophe.SASLPlain : Strophe.SASLAnonymous];
    const connection = new Strophe.Connection(url, {
        customHeaders: headers,
        enableStreamManagement: resumable,
        mechanisms,
    });
    connections.set(client, connection);
    upgradeHeaders = headers;
    open(client, connection, user ? `${user}@${host}` : host, password);
}

function open(client, connection, jid, password) {
    connection.addHandler((stanza) => seePresence(client, stanza), null, 'presence');
    connection.addHandler((stanza) => seeMessage(client, stanza), null, 'message');
    connection.connect(jid, password, (status, reason, element) => seeStatus(client, status, reason, element));
}

// Comes back after a loss of the connection, as Jitsi Meet does: with the name of the stream to resume in the URL.
function resume({ client, url, host, held }) {
    const connection = connections.get(client);
    if (held) connection.sm.sendResume = () => report('holding', client, {});
    connection.service = `${url}&previd=${encodeURIComponent(resumptionIds.get(client))}`;
    open(client, connection, host, null);
}

// Asks for the stream after having held back for a while.
function proceed({ client }) {
    const { sm } = connections.get(client);
    delete sm.sendResume;
    sm.sendResume();
}

function join({ client, room, nick }) {
    submit(client, $pres({ to: `${room}/${nick}` }).c('x', { xmlns: MUC }));
}

function leave({ client, room, nick }) {
    submit(client, $pres({ to: `${room}/${nick}`, type: 'unavailable' }));
}

function message({ client, room, body }) {
    submit(client, $msg({ to: room, type: 'groupchat' }).c('body').t(body));
}

// Calls a telephone into a room, as Jitsi Meet asks jigasi to.
function dial({ client, to, room }) {
    const stanza = $iq({ to, type: 'set', id: `dial-${room}` })
        .c('dial', { xmlns: RAYO })
        .c('header', { name: 'JvbRoomName', value: room });
    const tell = (reply) => report('dialled', client, { room, error: stanzaError(reply) });
    connections.get(client).sendIQ(stanza, tell, tell);
}

function disconnect({ client }) {
    connections.get(client).disconnect('done');
}

// Cuts the connection as a lost network does: no closing stanza, no close frame.
function drop({ client }) {
    const connection = connections.get(client);
    const { socket } = connection._proto;
    clearTimeout(connection._idleTimeout);
    resumptionIds.set(client, connection.sm?.state.id);
    if (socket) {
        socket.terminate();
    } else if (connection._proto._requests) {
        connection._proto._requests.forEach(({ xhr }) => abandon(xhr));
    } else {
        // It is lost already.
        report('disconnected', client, {});
    }
}

// Without its handler strophe.js does not learn of the loss, and so does not send the request again.
function abandon(xhr) {
    xhr.onreadystatechange = () => {};
    xhr.abort();
}

function submit(client, stanza) {
    const connection = connections.get(client);
    connection.send(stanza);
    connection.flush();
}

function seeStatus(client, status, reason, element) {
    switch (status) {
        case Strophe.Status.CONNECTED:
            return seeConnected(client, connections.get(client));
        case Strophe.Status.AUTHFAIL:
            report('authentication-failed', client, failure(element));
            return connections.get(client).disconnect('authentication failed');
        case Strophe.Status.CONNFAIL:
        case Strophe.Status.CONNTIMEOUT:
            return report('connection-failed', client, { reason: reason ?? null });
        case Strophe.Status.DISCONNECTED:
            return report('disconnected', client, {});
    }
}

// Whoever wants to resume the stream later needs the word of the server that it can be.
function seeConnected(client, connection) {
    const tell = () => report('connected', client, { jid: connection.jid, resumed: connection.hasResumed() });
    if (!connection.sm || connection.hasResumed()) return tell();
    connection.sm.onEnabled = tell;
}

function seePresence(client, presence) {
    const item = children(presence).find((child) => child.namespaceURI === MUC_USER);
    const statuses = item ? children(item).filter((child) => child.localName === 'status') : [];
    report('presence', client, {
        from: presence.getAttribute('from'),
        available: presence.getAttribute('type') === null,
        statuses: statuses.map((status) => Number(status.getAttribute('code'))),
        reason: item?.getElementsByTagName('reason')[0]?.textContent ?? null,
        error: stanzaError(presence),
    });
    return true;
}

function seeMessage(client, stanza) {
    const body = children(stanza).find((child) => child.localName === 'body');
    const json = children(stanza).find((child) => child.namespaceURI === JITMEET && child.localName === 'json-message');
    report('message', client, {
        from: stanza.getAttribute('from'),
        body: body?.textContent ?? null,
        json: json ? JSON.parse(json.textContent) : null,
        error: stanzaError(stanza),
    });
    return true;
}

function failure(element) {
    const parts = element ? children(element) : [];
    return {
        condition: parts.find((part) => part.localName !== 'text')?.localName ?? null,
        text: parts.find((part) => part.localName === 'text')?.textContent ?? null,
    };
}

function stanzaError(stanza) {
    if (stanza.getAttribute('type') !== 'error') return null;
    const error = children(stanza).find((child) => child.localName === 'error');
    const standard = children(error).filter((child) => child.namespaceURI === STANZA_ERRORS);
    const application = children(error).find((child) => child.namespaceURI !== STANZA_ERRORS);
    return {
        type: error.getAttribute('type'),
        condition: standard.find((child) => child.localName !== 'text')?.localName ?? null,
        text: standard.find((child) => child.localName === 'text')?.textContent ?? null,
        application: application ? { name: application.localName, namespace: application.namespaceURI } : null,
    };
}

function children(element) {
    return Array.from(element.childNodes).filter((node) => node.nodeType === 1);
}

function report(event, client, details) {
    process.stdout.write(`${JSON.stringify({ event, client, ...details })}\n`);
}

const input = createInterface({ input: process.stdin });
input.on('line', (line) => {
    const command = JSON.parse(line);
    commands[command.command](command);
});
// The harness has gone: so do its clients.
input.on('close', () => process.exit());
