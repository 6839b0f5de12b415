const compactAt = 1024; // entries; below that moving them is not worth it

/** First in, first out, without the cost of `Array.shift` on long queues. The owner bounds it. */
export class Fifo<T> {
  #items: (T | undefined)[] = [];
  #head = 0;
  #tail = 0; // the array keeps its length when it runs empty: setting that costs more than all the rest

  get length(): number {
    return this.#tail - this.#head;
  }

  push(item: T): void {
    this.#items[this.#tail] = item;
    this.#tail += 1;
  }

  peek(): T | undefined {
    return this.#items[this.#head];
  }

  shift(): T | undefined {
    if (this.#head === this.#tail) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head += 1;
    if (this.#head === this.#tail) this.#rewind();
    else if (this.#head >= compactAt && this.#head * 2 >= this.#tail) this.#compact();
    return item;
  }

  clear(): void {
    this.#items = [];
    this.#head = 0;
    this.#tail = 0;
  }

  #rewind(): void {
    this.#head = 0;
    this.#tail = 0;
    if (this.#items.length > compactAt) this.#items = [];
  }

  #compact(): void {
    this.#items = this.#items.slice(this.#head, this.#tail);
    this.#tail -= this.#head;
    this.#head = 0;
  }
}
