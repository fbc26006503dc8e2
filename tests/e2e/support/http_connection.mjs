// SPDX-License-Identifier: MIT
import http from 'node:http';
import { PATIENCE_MS, within } from './inbox.mjs';

/** One kept HTTP/1.1 connection, on which requests follow each other. */
export class HttpConnection {
  #agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  #sockets = new Set();

  constructor(env) {
    this.url = env.HTTP_URL;
  }

  /** How many TCP connections the requests so far have taken. */
  get opened() {
    return this.#sockets.size;
  }

  /**
   * Status, headers and text of the answer. A `body` goes with its length, `chunks` one by one
   * without any. With `Expect: 100-continue` among the headers the body waits for the 100;
   * `continued` tells whether it came.
   */
  async ask(method, path, { headers = {}, body = '', chunks = null } = {}) {
    const length = chunks || !body ? {} : { 'Content-Length': Buffer.byteLength(body) };
    const request = http.request(this.url + path, {
      method,
      agent: this.#agent,
      headers: { ...headers, ...length, ...(chunks && { 'Transfer-Encoding': 'chunked' }) },
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const answer = new Promise((resolve, reject) => {
      request.on('response', resolve);
      request.on('error', reject);
    });
    request.on('socket', (socket) => this.#sockets.add(socket));
    let continued = false;
    const send = () => {
      for (const chunk of chunks ?? []) request.write(chunk);
      request.end(body);
    };
    request.on('continue', () => {
      continued = true;
      send();
    });
    if ('Expect' in headers) request.flushHeaders();
    else send();
    const response = await within(answer, `answer to ${method} ${path}`);
    let text = '';
    for await (const piece of response.setEncoding('utf8')) text += piece;
    return { status: response.statusCode, headers: response.headers, text, continued };
  }

  close() {
    this.#agent.destroy();
  }
}
