import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { checkLeaks } from '../../support/leakCheck.ts';
import { quiet, until } from '../../support/until.ts';
import { type Answer, cookieOf, LabBench, type Login } from './labBench.ts';

checkLeaks();
let bench: LabBench;
beforeEach(async () => {
  bench = await LabBench.start();
});
afterEach(() => bench.close());

const signIn = (form: Record<string, string>): Promise<Answer> => bench.call('POST', '/access/ticket', form, {});
const version = (headers: Record<string, string>): Promise<Answer> => bench.call('GET', '/version', undefined, headers);

describe('signing in with a password', () => {
  it('gives ticket, CSRF token and privileges, with the realm in the name or beside it', async () => {
    const login = await bench.login();
    expect(login.ticket).toMatch(/^PVE:root@pam:[0-9A-F]{8}::[A-Za-z0-9+/]{342}==$/);
    expect(login.CSRFPreventionToken).toMatch(/^[0-9A-F]{8}:[A-Za-z0-9+/]{43}$/);
    expect(login.cap?.['vms']).toHaveProperty('VM.Console', 1);
    expect(login.clustername).toBe('lab');
    const { password } = bench.lab;
    expect((await signIn({ username: 'root', realm: 'pam', password, 'new-format': '1' })).status).toBe(200);
  });

  it('fails in one way whatever was wrong', async () => {
    for (const form of [
      { username: 'root@pam', password: 'wrong' },
      { username: 'nobody@pam', password: bench.lab.password },
      { username: 'root', password: bench.lab.password },
    ]) {
      const answer = await signIn(form);
      expect([answer.status, answer.reason]).toEqual([401, 'authentication failure']);
      expect(answer.json).toEqual({ data: null, message: 'authentication failure\n' });
    }
  });

  it('answers a 401 three seconds after the request began', async () => {
    bench.lab.quirks.authDelayMs = 3000;
    const connection = await bench.connect();
    connection.send('GET /api2/json/version HTTP/1.1\r\n\r\n');
    await until(() => bench.lab.requests.length === 1, 'the request');
    await quiet();
    await bench.clock.advanceAsync(2999);
    await quiet();
    expect(connection.text).toBe('');
    await bench.clock.advanceAsync(1);
    const answer = await connection.answer();
    expect([answer.status, answer.reason, answer.body]).toEqual([401, 'No ticket', '']);
  });
});

describe('a second factor', () => {
  const half = async (): Promise<Login> => bench.login(bench.lab.totp.username, bench.lab.totp.password);
  const answerWith = (ticket: string, password: string): Promise<Answer> =>
    signIn({ username: 'ada@pve', 'tfa-challenge': ticket, password });

  it('is asked for with a half ticket that tells what there is and opens nothing', async () => {
    const login = await half();
    expect(login).toMatchObject({ username: 'ada@pve', NeedTFA: 1 });
    expect(login.cap).toBeUndefined();
    expect(login.ticket).toMatch(/^PVE:!tfa!\{"totp"%3Atrue/);
    const challenge = decodeURIComponent(login.ticket.split(':')[1]?.slice('!tfa!'.length) ?? '');
    expect(JSON.parse(challenge)).toEqual({ totp: true, recovery: [0, 1, 2] });
    expect((await version({ Cookie: cookieOf(login) })).status).toBe(401);
  });

  it('is met by the code of the app or by a recovery code, once', async () => {
    const { code, recoveryCodes } = bench.lab.totp;
    expect((await answerWith((await half()).ticket, `totp:${code()}`)).json.data).toHaveProperty('cap');
    const recovery = `recovery:${recoveryCodes[1] ?? ''}`;
    expect((await answerWith((await half()).ticket, recovery)).status).toBe(200);
    const login = await half();
    expect(login.ticket).toContain('[0,2]');
    expect((await answerWith(login.ticket, recovery)).status).toBe(401);
  });

  it('can be given with the password in one call', async () => {
    const { username, password, code } = bench.lab.totp;
    expect((await signIn({ username, password, otp: `totp:${code()}` })).json.data).toHaveProperty('cap');
    expect((await signIn({ username, password, otp: 'totp:000000' })).status).toBe(401);
  });

  it('is void two minutes after the password, and for another user', async () => {
    const { ticket } = await half();
    const answer = `totp:${bench.lab.totp.code()}`;
    expect((await signIn({ username: 'root@pam', 'tfa-challenge': ticket, password: answer })).status).toBe(401);
    bench.lab.quirks.clockOffsetMs = 119_000;
    expect((await answerWith(ticket, `totp:${bench.lab.totp.code()}`)).status).toBe(200);
    bench.lab.quirks.clockOffsetMs = 120_000;
    expect((await answerWith(ticket, `totp:${bench.lab.totp.code()}`)).status).toBe(401);
  });

  it('locks the app after eight wrong codes till a recovery code was right', async () => {
    const { ticket } = await half();
    for (let count = 0; count < 8; count += 1) await answerWith(ticket, 'totp:000000');
    expect((await answerWith(ticket, `totp:${bench.lab.totp.code()}`)).status).toBe(401);
    expect((await half()).ticket).toMatch(/^PVE:!tfa!\{"recovery"%3A/);
    expect((await answerWith(ticket, `recovery:${bench.lab.totp.recoveryCodes[0] ?? ''}`)).status).toBe(200);
    expect((await answerWith(ticket, `totp:${bench.lab.totp.code()}`)).status).toBe(200);
  });
});

describe('a ticket', () => {
  it('opens for two hours, renews itself in the place of the password, and then is done', async () => {
    const login = await bench.login();
    bench.lab.quirks.clockOffsetMs = 7_199_000;
    expect((await version({ Cookie: cookieOf(login) })).status).toBe(200);
    const renewed = await bench.login('root@pam', login.ticket);
    bench.lab.quirks.clockOffsetMs = 7_200_000;
    expect((await version({ Cookie: cookieOf(login) })).reason).toBe('permission denied - invalid PVE ticket');
    expect((await signIn({ username: 'root@pam', password: login.ticket })).status).toBe(401);
    expect((await version({ Cookie: cookieOf(renewed) })).status).toBe(200);
  });

  it('renews no other user, unless it is root’s', async () => {
    const { ticket } = await bench.login();
    expect((await bench.login('ivo@pve', ticket)).username).toBe('ivo@pve');
    const ivo = await bench.login('ivo@pve', bench.lab.auditor.password);
    expect((await signIn({ username: 'root@pam', password: ivo.ticket })).status).toBe(401);
  });

  it('outlives one change of the key, not two', async () => {
    const login = await bench.login();
    bench.lab.rotateAuthKey();
    expect((await version({ Cookie: cookieOf(login) })).status).toBe(200);
    bench.lab.rotateAuthKey();
    expect((await version({ Cookie: cookieOf(login) })).status).toBe(401);
  });

  it('is refused when a letter is changed, or when it was not encoded', async () => {
    const login = await bench.login();
    const forged = login.ticket.replace('root@pam', 'roof@pam');
    expect((await version({ Cookie: cookieOf({ ticket: forged }) })).status).toBe(401);
    expect((await version({ Cookie: cookieOf({ ticket: login.ticket.replace(/.==$/, '*==') }) })).status).toBe(401);
  });

  it('is found at the start of the cookie header or behind white space, and in Authorization', async () => {
    const cookie = cookieOf(await bench.login());
    expect((await version({ Cookie: `a=b; ${cookie}` })).status).toBe(200);
    expect((await version({ Cookie: `a=b;${cookie}` })).reason).toBe('No ticket');
    expect((await version({ Authorization: cookie })).status).toBe(200);
  });

  it('hides a good token when it is stale', async () => {
    const cookie = cookieOf(await bench.login());
    bench.lab.invalidateTickets();
    expect((await version({ Cookie: cookie, Authorization: bench.lab.apiToken })).status).toBe(401);
    expect((await version({ Authorization: bench.lab.apiToken })).status).toBe(200);
    expect((await version({ Authorization: bench.lab.apiToken.replace('=', ' ') })).status).toBe(200);
  });
});

describe('the CSRF token', () => {
  const act = (headers: Record<string, string>): Promise<Answer> =>
    bench.call('POST', '/nodes/pve1/qemu/101/status/resume', {}, headers);

  it('is needed with a ticket for all but GET', async () => {
    const login = await bench.login();
    const cookie = { Cookie: cookieOf(login) };
    const refused = await act(cookie);
    expect([refused.status, refused.reason, refused.body]).toEqual([401, 'Permission denied - invalid csrf token', '']);
    expect((await act({ ...cookie, CSRFPreventionToken: login.CSRFPreventionToken })).status).toBe(200);
    expect((await act({ Authorization: bench.lab.apiToken })).status).toBe(200);
  });

  it('belongs to one user and lives as long as a ticket', async () => {
    const login = await bench.login();
    const ivo = await bench.login('ivo@pve', bench.lab.auditor.password);
    const mixed = { Cookie: cookieOf(ivo), CSRFPreventionToken: login.CSRFPreventionToken };
    expect((await act(mixed)).reason).toBe('Permission denied - invalid csrf token');
    bench.lab.quirks.clockOffsetMs = 7_000_000;
    const renewed = await bench.login('root@pam', login.ticket);
    bench.lab.quirks.clockOffsetMs = 7_200_000;
    const late = { Cookie: cookieOf(renewed), CSRFPreventionToken: login.CSRFPreventionToken };
    expect((await act(late)).status).toBe(401);
  });
});

describe('a user who may only look', () => {
  it('sees everything and is told which privilege is missing', async () => {
    const ivo = await bench.login(bench.lab.auditor.username, bench.lab.auditor.password);
    const headers = { Cookie: cookieOf(ivo), CSRFPreventionToken: ivo.CSRFPreventionToken };
    expect((await bench.call('GET', '/nodes/pve1/qemu/101/status/current', undefined, headers)).status).toBe(200);
    const refused = await bench.call('POST', '/nodes/pve1/qemu/101/vncproxy', { websocket: 1 }, headers);
    expect([refused.status, refused.reason]).toEqual([403, 'Permission check failed (/vms/101, VM.Console)']);
  });
});
