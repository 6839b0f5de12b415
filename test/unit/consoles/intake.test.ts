import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { Intake } from '../../../renderer/consoles/vnc/intake.ts';

describe('intake of the RFB client', () => {
  it('acknowledges all that came while the client waits for the rest of one unit', () => {
    const intake = new Intake(1000);
    intake.received(300);
    expect(intake.settle({ bytes: 300, isBusy: false })).toBe(300);
    expect(intake.unconsumedBytes).toBe(0);
  });

  it('gets a unit twice the window through', () => {
    const windowBytes = 512;
    const intake = new Intake(4096);
    let queued = 0;
    for (let sent = 0; sent < 1024; sent += 128) {
      expect(intake.unconsumedBytes).toBeLessThan(windowBytes); // the source may send
      intake.received(128);
      queued += 128;
      intake.settle({ bytes: queued, isBusy: false });
    }
    expect(intake.settle({ bytes: 0, isBusy: false })).toBe(0);
    expect(intake.unconsumedBytes).toBe(0);
  });

  it('withholds what the client has not looked at while it decodes pictures', () => {
    const intake = new Intake(1000);
    intake.received(400);
    expect(intake.settle({ bytes: 350, isBusy: true })).toBe(50);
    intake.received(100);
    expect(intake.settle({ bytes: 450, isBusy: true })).toBe(0);
    expect(intake.unconsumedBytes).toBe(450);
    expect(intake.settle({ bytes: 0, isBusy: false })).toBe(450);
  });

  it('never takes back what it acknowledged ahead', () => {
    const intake = new Intake(1000);
    intake.received(600);
    expect(intake.settle({ bytes: 600, isBusy: false })).toBe(600);
    intake.received(100);
    expect(intake.settle({ bytes: 700, isBusy: true })).toBe(0);
    expect(intake.settle({ bytes: 20, isBusy: true })).toBe(80);
  });

  it('refuses a unit over the limit', () => {
    const intake = new Intake(1000);
    intake.received(1001);
    expect(intake.settle({ bytes: 1001, isBusy: false })).toBe('too-large');
  });

  it('keeps the queue within one unit and one window for every course of events', () => {
    const windowBytes = 64;
    const maxUnitBytes = 200;
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(32), fc.nat(300), fc.boolean()), { maxLength: 200 }), (course) => {
        const intake = new Intake(maxUnitBytes);
        let queued = 0;
        for (const [sent, eaten, isBusy] of course) {
          if (intake.unconsumedBytes < windowBytes) {
            intake.received(sent);
            queued += sent;
          }
          queued -= Math.min(eaten, queued);
          const settled = intake.settle({ bytes: queued, isBusy });
          if (settled === 'too-large') return;
          expect(settled).toBeGreaterThanOrEqual(0);
          expect(intake.unconsumedBytes).toBeGreaterThanOrEqual(0);
          // What goes beyond a window in one delivery is one chunk.
          expect(queued).toBeLessThanOrEqual(maxUnitBytes + windowBytes + 32);
        }
      }),
    );
  });
});
