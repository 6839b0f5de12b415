// What the checks found, printed as it comes.

export class Report {
  held = 0;
  broken = 0;
  skipped = 0;
  #rows = [];

  /** The report of one check. */
  of(name) {
    return {
      /** A figure and its bar: `most` or `least`. */
      figure: (what, value, bar = {}) => this.#figure(name, what, value, bar),
      note: (text) => console.log(`         ${name}: ${text}`),
      /** Something that must be so. */
      holds: (what, isSo) => this.#add(name, what, isSo ? 'yes' : 'no', '', isSo),
    };
  }

  breaks(name, message) {
    this.#add(name, message, '', '', false);
  }

  skip(name, reason) {
    this.skipped += 1;
    this.#rows.push({ name, skipped: reason });
    console.log(`skipped  ${name}: ${reason}`);
  }

  toJson() {
    const { held, broken, skipped } = this;
    return { held, broken, skipped, rows: this.#rows };
  }

  #figure(name, what, value, { most, least, unit = '' }) {
    const isHeld = value !== undefined && !(value > most) && !(value < least);
    const bars = [
      ...(most === undefined ? [] : [`at most ${round(most)}`]),
      ...(least === undefined ? [] : [`at least ${round(least)}`]),
    ];
    this.#add(name, what, `${value === undefined ? 'unknown' : round(value)} ${unit}`.trim(), bars.join(', '), isHeld);
  }

  #add(name, what, value, bar, isHeld) {
    if (isHeld) this.held += 1;
    else this.broken += 1;
    this.#rows.push({ name, what, value, bar, isHeld });
    const text = [what, value].filter(Boolean).join(': ');
    console.log(`${isHeld ? 'held   ' : 'BROKEN '}  ${name}: ${text}${bar ? ` (${bar})` : ''}`);
  }
}

const round = (value) => (Number.isInteger(value) ? value : Number(value.toPrecision(3)));
