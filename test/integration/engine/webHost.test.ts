import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request, type IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';

import { startWebHost, type WebHost } from '../../../electron/hosts/web/webHost.ts';
import type { Link } from '../../../shared/wire/link.ts';

let dir: string;
let host: WebHost;
let links: Link[];

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-page-'));
  mkdirSync(join(dir, 'assets'));
  writeFileSync(join(dir, 'index.html'), '<!doctype html>');
  writeFileSync(join(dir, 'assets', 'main-abc.js'), 'let a;');
  writeFileSync(join(dir, 'assets', 'main-abc.js.map'), '{}');
  links = [];
  const attach = (link: Link) => {
    links.push(link);
    return { dispose: () => link.close() };
  };
  host = await startWebHost({
    engine: { attach, launch: () => Promise.resolve(), close: () => Promise.resolve() },
    pageDir: dir,
  });
});

afterEach(async () => {
  await host.close();
  rmSync(dir, { recursive: true });
});

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

function get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  const { hostname, port } = new URL(`http://${host.listensAt}`);
  return new Promise((resolve, reject) => {
    const outgoing = request({ hostname, port, path, headers, method, agent: false }, (incoming) => {
      let body = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (text: string) => (body += text));
      incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body }));
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

async function signIn(): Promise<string> {
  const answer = await get(new URL(host.newLoginUrl()).pathname);
  return (answer.headers['set-cookie']?.[0] ?? '').split(';')[0] ?? '';
}

function connect(headers: Record<string, string>, path = '/link'): Promise<'open' | number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${host.origin.replace('http', 'ws')}${path}`, { headers, perMessageDeflate: false });
    socket.on('open', () => {
      resolve('open');
      socket.close();
    });
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
    socket.on('error', () => {});
  });
}

describe('the login URL', () => {
  it('becomes a strict cookie once, and leaves the address bar', async () => {
    const { pathname } = new URL(host.url);
    const first = await get(pathname);
    expect(first.status).toBe(303);
    expect(first.headers.location).toBe('/');
    expect(first.headers['set-cookie']?.[0]).toMatch(/^sluice-\d+=[\w-]{40,}; Path=\/; HttpOnly; SameSite=Strict$/);
    const second = await get(pathname);
    expect(second.status).toBe(410);
    expect(second.headers['set-cookie']).toBeUndefined();
  });

  it('only leads to the page when it is used again by the browser that has the cookie', async () => {
    const cookie = await signIn();
    const again = await get(new URL(host.url).pathname, { Cookie: cookie });
    expect(again.status).toBe(303);
  });

  it('is not used up by a prefetch', async () => {
    const { pathname } = new URL(host.url);
    expect((await get(pathname, { 'Sec-Purpose': 'prefetch' })).status).toBe(405);
    expect((await get(pathname, {}, 'HEAD')).status).toBe(405);
    expect((await get(pathname)).status).toBe(303);
  });
});

describe('the page', () => {
  it('is served with the cookie only, under a strict policy', async () => {
    expect((await get('/')).status).toBe(401);
    expect((await get('/assets/main-abc.js')).status).toBe(401);
    const page = await get('/', { Cookie: `other=1; ${await signIn()}` });
    expect(page.status).toBe(200);
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.headers['cache-control']).toBe('no-store');
    const policy = String(page.headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).not.toMatch(/script-src[^;]*unsafe/);
    expect(page.headers['x-content-type-options']).toBe('nosniff');
  });

  it('is nothing but its built files', async () => {
    const headers = { Cookie: await signIn() };
    const asset = await get('/assets/main-abc.js', headers);
    expect(asset.body).toBe('let a;');
    expect(asset.headers['cache-control']).toContain('immutable');
    const paths = [
      '/assets/main-abc.js.map',
      '/../package.json',
      '/%2e%2e/etc/passwd',
      '/assets/',
      '//etc/passwd',
      '/link',
    ];
    for (const path of paths) expect((await get(path, headers)).status).toBe(404);
  });

  it('is not served under another name, whatever cookie comes with it', async () => {
    const headers = { Cookie: await signIn() };
    for (const name of ['evil.example', 'localhost', `localhost:${new URL(host.origin).port}`, '127.0.0.1']) {
      expect((await get('/', { ...headers, Host: name })).status).toBe(421);
    }
  });

  it('takes no other method', async () => {
    const headers = { Cookie: await signIn() };
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS'])
      expect((await get('/', headers, method)).status).toBe(405);
  });
});

describe('the link', () => {
  it('opens with cookie, Host and Origin right', async () => {
    expect(await connect({ Cookie: await signIn(), Origin: host.origin })).toBe('open');
    expect(links).toHaveLength(1);
  });

  it('is refused with a wrong or missing Origin, a wrong Host, no cookie, or elsewhere', async () => {
    const cookie = await signIn();
    const { origin } = host;
    expect(await connect({ Cookie: cookie })).toBe(403);
    expect(await connect({ Cookie: cookie, Origin: 'null' })).toBe(403);
    expect(await connect({ Cookie: cookie, Origin: 'http://evil.example' })).toBe(403);
    expect(await connect({ Cookie: cookie, Origin: `${origin}.evil.example` })).toBe(403);
    expect(await connect({ Cookie: cookie, Origin: origin, Host: 'evil.example' })).toBe(403);
    expect(await connect({ Origin: origin })).toBe(403);
    expect(await connect({ Cookie: `${cookie}x`, Origin: origin })).toBe(403);
    expect(await connect({ Cookie: cookie, Origin: origin }, '/other')).toBe(403);
    expect(links).toHaveLength(0);
  });
});

it('ends open connections when it closes', async () => {
  const cookie = await signIn();
  const socket = new WebSocket(`${host.origin.replace('http', 'ws')}/link`, {
    headers: { Cookie: cookie, Origin: host.origin },
  });
  await new Promise((resolve) => socket.on('open', resolve));
  const closed = new Promise((resolve) => socket.on('close', resolve));
  await host.close();
  await closed;
});

describe('behind a proxy', () => {
  const headers = { Host: 'sluice.example' };
  const origin = 'https://sluice.example';

  beforeEach(async () => {
    await host.close();
    const attach = (link: Link) => {
      links.push(link);
      return { dispose: () => link.close() };
    };
    const publicAddress = { origin, host: 'sluice.example', isSecure: true };
    host = await startWebHost({
      engine: { attach, launch: () => Promise.resolve(), close: () => Promise.resolve() },
      pageDir: dir,
      publicAddress,
    });
  });

  it('answers to the public name alone, with a cookie that goes over HTTPS only', async () => {
    expect(new URL(host.url).origin).toBe(origin);
    const { pathname } = new URL(host.url);
    expect((await get(pathname)).status).toBe(421);
    const login = await get(pathname, headers);
    expect(login.headers['set-cookie']?.[0]).toMatch(
      /^__Host-sluice-443=[\w-]{40,}; Path=\/; HttpOnly; SameSite=Strict; Secure$/,
    );
    const cookie = { Cookie: login.headers['set-cookie']?.[0]?.split(';')[0] ?? '' };
    expect((await get('/', { ...headers, ...cookie })).status).toBe(200);
    for (const name of ['sluice.example:443', 'sluice.example:80', 'evil.example', 'sluice.example.evil.example']) {
      expect((await get('/', { ...cookie, Host: name })).status).toBe(421);
    }
  });

  it('does not believe what is said of a request', async () => {
    const { pathname } = new URL(host.url);
    const lies = {
      'X-Forwarded-Host': 'sluice.example',
      Forwarded: 'host=sluice.example',
      'X-Forwarded-Proto': 'https',
    };
    expect((await get(pathname, { Host: 'evil.example', ...lies })).status).toBe(421);
    const login = await get(pathname, { ...headers, 'X-Forwarded-Host': 'evil.example', 'X-Forwarded-Proto': 'http' });
    expect(login.headers['set-cookie']?.[0]).toContain('; Secure');
    expect(login.headers.location).toBe('/');
  });
});
