import { describe, expect, it } from 'vitest';

import {
  displaySetKey,
  type DisplayArea,
  type Place,
  type Places,
  visibleBounds,
  withPlace,
} from '../../../electron/main/places.ts';
import { consoleWindowFeatures, consoleWindowText } from '../../../shared/wire/consoleWindow.ts';

const display = (x: number, y: number, width: number, height: number, scaleFactor = 1): DisplayArea => ({
  bounds: { x, y, width, height },
  workArea: { x, y: y + 30, width, height: height - 30 },
  scaleFactor,
});
const laptop = display(0, 0, 1440, 900);
const right = display(1440, 0, 2560, 1440);
const left = display(-1920, 0, 1920, 1080);
const at = (x: number, y: number, width = 800, height = 600) => ({ x, y, width, height });
const place = (x: number): Place => ({ ...at(x, 50), isMaximized: false, isFullScreen: false });

describe('sets of displays', () => {
  it('are the same whatever their order, and others with another place, size or scale', () => {
    expect(displaySetKey([laptop, right])).toBe(displaySetKey([right, laptop]));
    const all = [[laptop], [laptop, right], [laptop, left], [display(0, 0, 1440, 900, 2)], []].map(displaySetKey);
    expect(new Set(all).size).toBe(all.length);
  });
});

describe('a remembered place', () => {
  it('stays as it is where it can be seen, also partly or over two displays', () => {
    for (const bounds of [at(100, 100), at(1200, 100), at(-600, 400), at(1440, 30, 2560, 1410)]) {
      expect(visibleBounds(bounds, [laptop, right])).toEqual(bounds);
    }
  });

  it('comes to the nearest display where its own is gone', () => {
    expect(visibleBounds(at(2000, 500), [laptop])).toEqual(at(640, 300));
    expect(visibleBounds(at(-1800, 100), [laptop, right])).toEqual(at(0, 100));
    expect(visibleBounds(at(5000, 100), [laptop, right])).toEqual(at(3200, 100));
  });

  it('is made to fit where the display that is left is smaller', () => {
    expect(visibleBounds(at(1500, 100, 2400, 1300), [laptop])).toEqual({ x: 0, y: 30, width: 1440, height: 870 });
  });

  it('is not left above the display, where nobody could drag it', () => {
    expect(visibleBounds(at(100, -500), [laptop]).y).toBe(30);
    expect(visibleBounds(at(100, 890), [laptop]).y).toBe(300);
  });

  it('is left alone while no display is told of', () => {
    expect(visibleBounds(at(9000, 9000), [])).toEqual(at(9000, 9000));
  });
});

describe('what is kept', () => {
  it('is apart for every set of displays and every window', () => {
    let places: Places = {};
    places = withPlace(places, 'desk', 'main', place(1));
    places = withPlace(places, 'desk', 'console a', place(2));
    places = withPlace(places, 'train', 'main', place(3));
    expect(places['desk']?.['main']?.x).toBe(1);
    expect(places['desk']?.['console a']?.x).toBe(2);
    expect(places['train']?.['main']?.x).toBe(3);
    expect(Object.keys(withPlace(places, 'desk', 'main', place(4)))).toEqual(['train', 'desk']);
  });

  it('forgets the sets and windows that were not used for longest', () => {
    let places: Places = {};
    for (let set = 0; set < 30; set++) places = withPlace(places, `set ${set}`, 'main', place(set));
    for (let window = 0; window < 200; window++) places = withPlace(places, 'set 29', `w ${window}`, place(window));
    expect(Object.keys(places)).toHaveLength(12);
    expect(Object.keys(places['set 29'] ?? {})).toHaveLength(60);
    expect(places['set 29']?.['w 199']?.x).toBe(199);
  });
});

describe('the wish for a console window', () => {
  it('is read as it was written', () => {
    expect(consoleWindowFeatures(consoleWindowText({ x: -300.4, y: 12 }))).toEqual({
      width: 1024,
      height: 800,
      x: -300,
      y: 12,
      isPlaced: true,
    });
    expect(consoleWindowFeatures(consoleWindowText(undefined)).isPlaced).toBe(false);
  });

  it('gives usual numbers for what is none, whatever a page writes', () => {
    for (const text of ['', 'width', 'width=', 'width=x,height=1e99', 'height=99999999', '=,=,=']) {
      const { width, height } = consoleWindowFeatures(text);
      expect([width, height]).toEqual([1024, 800]);
    }
    expect(consoleWindowFeatures('width=-5').width).toBe(1);
  });
});
