// SPDX-License-Identifier: MIT
import http from 'node:http';
import { Inbox, until } from './inbox.mjs';

/**
 * Plays the Laravel application behind PREGON_AUTH_FALLBACK: the peer that Pregón asks. Records
 * every request as it came, and answers as `answerWith` says.
 */
export class LaravelApplication {
  /** Of {method, url, headers, rawHeaders, body}. */
  requests = new Inbox('requests to the application');
  connections = 0;
  #answer = () => ({ status: 200, body: '{"auth":"from:the-application"}' });
  #held = [];

  static async start() {
    const application = new LaravelApplication();
    application.server = http.createServer((request, response) =>
      application.#serve(request, response),
    );
    application.server.on('connection', () => (application.connections += 1));
    await new Promise((resolve) => application.server.listen(0, '127.0.0.1', resolve));
    return application;
  }

  get port() {
    return this.server.address().port;
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  /** `answer(request)` gives {status, headers, body}. */
  answerWith(answer) {
    this.#answer = answer;
  }

  /** Keeps every answer back until the returned function is called. */
  hold() {
    const answer = this.#answer;
    this.#answer = () => null;
    return () => {
      this.#answer = answer;
      for (const [request, response] of this.#held.splice(0)) this.#reply(request, response);
    };
  }

  /** How many requests wait for their answer. */
  get held() {
    return this.#held.length;
  }

  async heldAre(count) {
    await until(() => this.held === count, `${count} requests wait at the application`);
  }

  async stop() {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  async #serve(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method, url, headers, rawHeaders } = request;
    const seen = { method, url, headers, rawHeaders, body: Buffer.concat(chunks).toString() };
    this.requests.push(seen);
    this.#reply(seen, response);
  }

  #reply(request, response) {
    const answer = this.#answer(request);
    if (answer === null) {
      this.#held.push([request, response]);
      return;
    }
    const { status = 200, headers = {}, body = '' } = answer;
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
    response.end(body);
  }
}
