// SPDX-License-Identifier: MIT
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { BUILD } from '../../e2e/support/stack.mjs';

const PROGRAMS = ['pregon-worker', 'pregon-fcgi', 'pregon-webhookd', 'pregonctl'];

/**
 * A folder with the programs of the build in which `program` starts with these variables in its
 * environment: LD_PRELOAD, say, for that program alone. It goes into a stack's settings as BUILD.
 */
export class ProgramsWith {
  constructor(program, variables) {
    this.folder = mkdtempSync(path.join(os.tmpdir(), 'pregon-build-'));
    for (const name of PROGRAMS.filter((name) => name !== program))
      symlinkSync(path.join(BUILD, name), path.join(this.folder, name));
    mkdirSync(path.join(this.folder, 'real'));
    symlinkSync(path.join(BUILD, program), path.join(this.folder, 'real', program));
    const words = Object.entries(variables).map(([name, value]) => `'${name}=${value}'`);
    const script = path.join(this.folder, program);
    writeFileSync(script, `#!/bin/sh\nexec env ${words.join(' ')} ${this.folder}/real/${program} "$@"\n`);
    chmodSync(script, 0o755);
  }

  remove() {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
