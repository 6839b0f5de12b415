import { describe, expect, it } from 'vitest';

import { AppError } from '../../../shared/base/errors.ts';
import { Challenges } from '../../../electron/engine/session/challenges.ts';
import { normalizeAddress } from '../../../electron/engine/session/connection.ts';
import type { Grant } from '../../../electron/engine/session/loginSteps.ts';
import { TicketKeeper } from '../../../electron/engine/session/ticketKeeper.ts';
import { FakeClock, settle } from '../../fakes/fakeClock.ts';

const MINUTE_MS = 60_000;
const grant: Grant = { user: 'root@pam', ticket: 't', csrf: 'c' };

function keep(renew: () => Promise<Grant>) {
  const clock = new FakeClock();
  const told: string[] = [];
  let calls = 0;
  const keeper = new TicketKeeper(
    {
      clock,
      renew: () => {
        calls += 1;
        return renew();
      },
      onRenewed: () => told.push('renewed'),
      onLost: (error) => told.push(error.code),
    },
    clock.wallMs(),
  );
  return { clock, keeper, told, calls: () => calls };
}

describe('the ticket keeper', () => {
  it('renews at half of the life of a ticket, again and again', async () => {
    const { clock, told, calls, keeper } = keep(() => Promise.resolve(grant));
    await clock.advanceAsync(59 * MINUTE_MS);
    expect(calls()).toBe(0);
    await clock.advanceAsync(2 * MINUTE_MS);
    expect(told).toEqual(['renewed']);
    await clock.advanceAsync(61 * MINUTE_MS);
    expect(told).toEqual(['renewed', 'renewed']);
    keeper.dispose();
    expect(clock.timerCount).toBe(0);
  });

  it('asks again, ever slower, while the server is away, and does not give up by itself', async () => {
    let isAway = true;
    const away = new AppError('unreachable', 'away');
    const { clock, told, calls, keeper } = keep(() => (isAway ? Promise.reject(away) : Promise.resolve(grant)));
    await clock.advanceAsync(180 * MINUTE_MS);
    expect(told).toEqual([]);
    expect(calls()).toBeGreaterThan(20);
    expect(calls()).toBeLessThan(260);
    isAway = false;
    await clock.advanceAsync(3 * MINUTE_MS);
    expect(told).toEqual(['renewed']);
    keeper.dispose();
  });

  it('is lost when the server refuses, not before', async () => {
    const refusal = new AppError('session-expired', 'expired');
    const { clock, told, keeper } = keep(() => Promise.reject(refusal));
    await clock.advanceAsync(61 * MINUTE_MS);
    expect(told[0]).toBe('session-expired');
    keeper.dispose();
  });

  it('has one renewal under way at most', async () => {
    let finish: (grant: Grant) => void = () => {};
    const { keeper, told, calls } = keep(
      () =>
        new Promise((resolve) => {
          finish = resolve;
        }),
    );
    const both = Promise.all([keeper.renew(), keeper.renew()]);
    expect(calls()).toBe(1);
    finish(grant);
    await both;
    expect(told).toEqual(['renewed']);
    keeper.dispose();
  });

  it('renews as soon as a machine that slept for long is awake', async () => {
    const { clock, told, keeper } = keep(() => Promise.resolve(grant));
    clock.sleep(100 * MINUTE_MS);
    await settle();
    expect(told).toEqual(['renewed']);
    keeper.dispose();
  });

  it('says nothing of a renewal that comes back after the end', async () => {
    let finish: (grant: Grant) => void = () => {};
    const { keeper, told } = keep(
      () =>
        new Promise((resolve) => {
          finish = resolve;
        }),
    );
    const renewal = keeper.renew();
    keeper.dispose();
    finish(grant);
    await renewal;
    expect(told).toEqual([]);
  });
});

describe('challenges', () => {
  const make = () => {
    const clock = new FakeClock();
    const dropped: string[] = [];
    let count = 0;
    const newId = () => {
      count += 1;
      return String(count);
    };
    return {
      clock,
      dropped,
      challenges: new Challenges<string>({ clock, newId, discard: (value) => dropped.push(value) }),
    };
  };

  it('can be taken once', () => {
    const { challenges, clock, dropped } = make();
    const id = challenges.add('half', 1_000);
    expect(challenges.take(id)).toBe('half');
    expect(() => challenges.take(id)).toThrow(/too long/);
    expect(clock.timerCount).toBe(0);
    expect(dropped).toEqual([]);
  });

  it('expire, and what they held is let go', () => {
    const { challenges, clock, dropped } = make();
    const id = challenges.add('half', 1_000);
    clock.advance(1_000);
    expect(dropped).toEqual(['half']);
    expect(() => challenges.take(id)).toThrow(/Start it again/);
  });

  it('are 32 at most: the oldest goes first', () => {
    const { challenges, dropped } = make();
    for (let i = 0; i < 40; i += 1) challenges.add(`half ${i}`, 1_000);
    expect(challenges.size).toBe(32);
    expect(dropped[0]).toBe('half 0');
    challenges.dispose();
    expect(dropped).toHaveLength(40);
  });
});

it.each([
  ['pve.example.org', 'pve.example.org:8006'],
  ['https://PVE.example.org:8006/#v1:0', 'pve.example.org:8006'],
  [' 192.0.2.1:443 ', '192.0.2.1:443'],
  ['2001:db8::1', '[2001:db8::1]:8006'],
  ['https://[2001:db8::1]/', '[2001:db8::1]:8006'],
])('takes the address %s as %s', (text, address) => {
  expect(normalizeAddress(text)).toBe(address);
});
