/**
 * xterm puts <style> elements into the page and sets `style` attributes, which a content security policy of
 * `style-src 'self'` refuses. What is made through the object model is allowed, so the rules go into constructed
 * style sheets and the attributes into `style.cssText`.
 */
export class SealedStyles {
  readonly #sheets = new Map<Element, string>();
  #document: Document;
  #adopted: CSSStyleSheet[] = [];
  #isPlanned = false;

  constructor(document: Document) {
    this.#document = document;
  }

  /** Runs `make`; <style> elements it creates are replaced by ones whose text lands in our sheets. */
  during(make: () => void): void {
    // xterm asks the element's document for some of them, and the page's own for others, wherever the element is.
    const targets = new Set([document, this.#document]);
    for (const target of targets) this.#replaceCreate(target);
    try {
      make();
    } finally {
      for (const target of targets) Reflect.deleteProperty(target, 'createElement'); // the class's own shows again
    }
  }

  #replaceCreate(target: Document): void {
    const create = target.createElement.bind(target);
    const value = (name: string, options?: ElementCreationOptions): HTMLElement =>
      name === 'style' ? this.#standIn(create('span')) : create(name, options);
    Object.defineProperty(target, 'createElement', { configurable: true, value });
  }

  /** The element is in `document` now; constructed sheets cannot go along. */
  moveTo(document: Document): void {
    this.#remove();
    this.#document = document;
    this.#apply();
  }

  dispose(): void {
    this.#sheets.clear();
    this.#remove();
  }

  #standIn(element: HTMLElement): HTMLElement {
    element.hidden = true;
    Object.defineProperty(element, 'textContent', {
      get: () => this.#sheets.get(element) ?? '',
      set: (text: string) => {
        if (this.#sheets.get(element) === text) return;
        this.#sheets.set(element, text);
        this.#plan();
      },
    });
    element.remove = () => {
      Element.prototype.remove.call(element);
      if (this.#sheets.delete(element)) this.#plan();
    };
    return element;
  }

  /** Once for many: a guest may change colours thousands of times in a row. */
  #plan(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    queueMicrotask(() => {
      this.#isPlanned = false;
      this.#apply();
    });
  }

  #apply(): void {
    this.#remove();
    const Sheet = this.#document.defaultView?.CSSStyleSheet ?? CSSStyleSheet;
    this.#adopted = [...this.#sheets.values()].map((text) => {
      const sheet = new Sheet();
      sheet.replaceSync(text);
      return sheet;
    });
    this.#document.adoptedStyleSheets.push(...this.#adopted);
  }

  #remove(): void {
    const kept = this.#document.adoptedStyleSheets.filter((sheet) => !this.#adopted.includes(sheet));
    this.#document.adoptedStyleSheets = kept;
    this.#adopted = [];
  }
}
