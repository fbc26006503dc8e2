// SPDX-License-Identifier: MIT
/** An answer other than the expected one. `status` is 0 when the server could not be reached. */
export class ApiError extends Error {
  constructor(message, status) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
  }
}

/** The three calls of /api/notifications, with the shop's bearer token. */
export class NotificationsApi {
  constructor({ fetch, token }) {
    this.fetch = fetch;
    this.token = token;
  }

  /** The newest `count` notices, newest first. */
  async recent(count, signal) {
    return this.#list(`per_page=${count}`, signal);
  }

  /** Up to `count` notices with ids above `id`, ascending. */
  async after(id, count, signal) {
    return this.#list(`after_id=${id}&per_page=${count}`, signal);
  }

  /** Posts a notice as the phone does; the stored notice. */
  async create(notice, signal) {
    const answer = await this.#call('', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(notice),
      signal,
    });
    if (answer.status !== 201) throw new ApiError(answer.body?.message ?? '', answer.status);
    return answer.body?.notification ?? null;
  }

  async #list(query, signal) {
    const { status, body } = await this.#call(`?${query}`, { signal });
    if (status !== 200 || !Array.isArray(body?.data)) {
      throw new ApiError(body?.message ?? '', status);
    }
    return body.data;
  }

  async #call(query, options) {
    const headers = {
      Accept: 'application/json',
      Authorization: `Bearer ${this.token}`,
      ...options.headers,
    };
    let response;
    try {
      response = await this.fetch(`/api/notifications${query}`, { ...options, headers });
    } catch {
      throw new ApiError('', 0);
    }
    const body = await response.json().catch(() => null);
    return { status: response.status, body };
  }
}
