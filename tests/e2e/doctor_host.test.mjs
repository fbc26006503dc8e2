// SPDX-License-Identifier: MIT

// pregonctl doctor on a machine where something is missing: descriptors, rights, store, disk.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { DatabaseServer } from './support/database_server.mjs';
import { Doctor, lineOf, NginxFiles } from './support/doctor.mjs';
import { pay, paymentNotice, postNotification } from './support/payments.mjs';
import { Stack, withStack } from './support/stack.mjs';

const IS_ROOT = process.getuid() === 0;
const AS_ROOT_ONLY = IS_ROOT ? false : 'only root can mount a small disk';

withStack('doctor and the limits of this machine', 'nginx', (stack) => {
  const doctor = new Doctor(stack);
  const nginx = new NginxFiles(stack);
  const sockets = path.join(stack.dir, 'run');

  test('NOFILE 1024', async () => {
    const worker = stack.pid('worker');
    execFileSync('prlimit', ['--pid', worker, '--nofile=1024:1024']);
    const finding = await doctor.says('open-files', 'failure');
    assert.equal(finding.where, lineOf(path.join(stack.dir, 'supervisord.conf'), '[supervisord]'));
    assert.match(finding.text, /may open 1024 files \(NOFILE\): room for 960 clients/);

    stack.kill('worker');
    await stack.comesBack('worker', worker);
    await doctor.isGreen();
  });

  test('the sockets cannot be reached by the user of the web server', async () => {
    const mode = statSync(sockets).mode;
    if (IS_ROOT) nginx.change('nginx.conf', 'user root;', 'user www-data;');
    else chmodSync(path.join(sockets, 'fcgi.sock'), 0o400);
    const finding = await doctor.says('sockets', 'failure');
    const expected = IS_ROOT ? stack.dir : path.join(sockets, 'fcgi.sock');
    assert.equal(finding.where, expected);
    assert.match(finding.text, /cannot reach .*\.sock: add it to the socket's group/);
    await doctor.says('site', 'failure');

    if (IS_ROOT) nginx.restore();
    else chmodSync(path.join(sockets, 'fcgi.sock'), 0o660);
    assert.equal(statSync(sockets).mode, mode);
    await doctor.isGreen();
  });

  test('a file that everybody may read is not printed, a store that is not there is named', async () => {
    const file = path.join(stack.dir, 'pregon.env');
    const where = lineOf(file, 'PREGON_DATABASE=');
    doctor.env = { PREGON_DATABASE: `sqlite:${stack.dir}/elsewhere.db` };
    const { database, tables } = await doctor.findings();
    doctor.env = {};
    assert.equal(database.result, 'failure');
    assert.equal(database.where, where);
    assert.equal(tables.result, 'not checked');
  });
});

describe('doctor and a database that is away', () => {
  let server, stack, doctor;
  before(async () => {
    server = await DatabaseServer.start('postgresql');
    stack = await new Stack('nginx', { database: server.url }).up();
    doctor = new Doctor(stack);
  });
  after(async () => {
    await stack?.down();
    await server?.remove();
  });

  test('it is named, and so is what cannot be answered without it', async () => {
    const isFsyncOff = ['tables', 'warning', 'fsync is off']; // the tests' server, for speed
    const complaints = await doctor.complaints();
    assert.deepEqual(
      complaints.map(({ check, result, text }) => [check, result, text.slice(0, 12)]),
      [isFsyncOff],
    );
    await server.stop();
    const findings = await doctor.findings();
    await server.start();
    assert.equal(findings.database.result, 'failure');
    assert.equal(
      findings.database.where,
      lineOf(path.join(stack.dir, 'pregon.env'), 'PREGON_DATABASE='),
    );
    assert.match(findings['api-auth'].text, /answers 503: pregon-fcgi or its store is away/);
    assert.equal(findings.delivery.result, 'ok', 'events need no database');
    await doctor.says('api-auth', 'ok');
  });
});

describe('doctor and a full disk', { skip: AS_ROOT_ONLY }, () => {
  let dir, stack;
  before(async () => {
    dir = mkdtempSync(path.join(os.tmpdir(), 'pregon-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=300m,mode=0700', 'tmpfs', dir]);
    stack = await new Stack('nginx', { dir: path.join(dir, 'stack') }).up();
  });
  after(async () => {
    await stack?.down();
    execFileSync('umount', [dir]);
    rmSync(dir, { recursive: true });
  });

  test('it is named, and a notice is refused meanwhile', async () => {
    const doctor = new Doctor(stack);
    await doctor.isGreen();
    const ballast = path.join(dir, 'ballast');
    assert.throws(() => {
      for (let i = 0; ; i++) writeFileSync(`${ballast}.${i}`, Buffer.alloc(1 << 20));
    }, /ENOSPC/);
    const { disk } = await doctor.findings();
    const notice = paymentNotice(stack.env.DEVICE_A, {});
    const refused = await postNotification(stack.env, stack.env.TOKEN_A, notice);
    execFileSync('sh', ['-c', `rm -f '${ballast}'.*`]);

    assert.equal(disk.result, 'failure');
    assert.equal(disk.where, stack.dir);
    assert.match(disk.text, /the disk is full: the disk has 0 MiB left/);
    assert.equal(refused.status, 503);
    await pay(stack.env, stack.env.TOKEN_A, notice);
    await doctor.isGreen();
  });
});
