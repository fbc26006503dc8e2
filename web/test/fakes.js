// SPDX-License-Identifier: MIT
/** Stand-ins for clock, Echo and server, so that tests decide what happens when. */

export class FakeClock {
  #timers = [];
  #time = Date.UTC(2026, 10, 24, 15, 0, 0);
  #serial = 0;

  now = () => this.#time;
  ticks = () => this.#time;

  setTimeout = (callback, ms) => {
    this.#serial += 1;
    this.#timers.push({ id: this.#serial, at: this.#time + ms, callback });
    return this.#serial;
  };

  clearTimeout = (id) => {
    this.#timers = this.#timers.filter((timer) => timer.id !== id);
  };

  /** Lets `ms` pass, running due timers in order and the promises they settle. */
  async pass(ms) {
    const end = this.#time + ms;
    for (;;) {
      await settle();
      const due = this.#timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.clearTimeout(due.id);
      this.#time = due.at;
      due.callback();
    }
    this.#time = end;
    await settle();
  }
}

/** Lets pending promises finish. */
export async function settle() {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

class Emitter {
  #handlers = [];

  bind(name, handler) {
    this.#handlers.push([name, handler]);
  }

  unbind() {
    this.#handlers = [];
  }

  emit(name, data) {
    for (const [bound, handler] of [...this.#handlers]) if (bound === name) handler(data);
  }
}

/** The part of Echo and pusher-js that ShopLink uses. */
export class FakeEcho {
  joins = 0;
  pings = 0;
  socketsOpened = 0;
  isDisconnected = false;
  connection = Object.assign(new Emitter(), {
    state: 'connecting',
    send_event: () => {
      this.pings += 1;
    },
  });

  connector = {
    pusher: {
      connection: this.connection,
      disconnect: () => this.become('disconnected'),
      connect: () => {
        this.socketsOpened += 1;
        this.become('connecting');
      },
    },
  };

  private() {
    this.joins += 1;
    const events = new Emitter();
    this.channel = {
      subscription: events,
      listen: (name, handler) => this.#on(events, name.slice(1), handler),
      subscribed: (handler) => this.#on(events, 'subscribed', handler),
      error: (handler) => this.#on(events, 'error', handler),
    };
    return this.channel;
  }

  leaveChannel() {}

  disconnect() {
    this.isDisconnected = true;
    this.become('disconnected');
  }

  become(state) {
    if (this.connection.state === state) return;
    this.connection.state = state;
    this.connection.emit('state_change', { current: state });
  }

  emit(name, data) {
    this.channel.subscription.emit(name, data);
  }

  #on(events, name, handler) {
    events.bind(name, handler);
    return this.channel;
  }
}

/** A server's list of notices; `failures` makes that many following calls fail. */
export class FakeApi {
  calls = [];
  rows = [];
  failures = 0;
  /** If set, calls wait for it: lets a test act while a fetch is under way. */
  gate = null;

  recent(count) {
    return this.#answer(`recent ${count}`, () => [...this.rows].reverse().slice(0, count));
  }

  after(id, count) {
    return this.#answer(`after ${id}`, () => this.rows.filter((row) => row.id > id).slice(0, count));
  }

  async #answer(call, rows) {
    this.calls.push(call);
    await this.gate;
    if (this.failures > 0) {
      this.failures -= 1;
      throw new Error('unavailable');
    }
    return rows();
  }
}

/** A notice as the server sends it. */
export function notice(id, fields = {}) {
  return {
    id,
    source_app: 'yape',
    device_alias: 'Caja 1',
    body: `notice ${id}`,
    amount: '10.00',
    currency: 'PEN',
    payer_name: null,
    posted_at: '2026-11-24T15:00:00+00:00',
    received_at: '2026-11-24T15:00:00+00:00',
    created_at: '2026-11-24T15:00:00+00:00',
    status: 'pending',
    is_duplicate: false,
    ...fields,
  };
}

/** Notices with the ids from `first` to `last`. */
export function notices(first, last) {
  return Array.from({ length: last - first + 1 }, (_, index) => notice(first + index));
}
