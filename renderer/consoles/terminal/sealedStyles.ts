/**
 * xterm puts <style> elements into the page and sets `style` attributes, which a content security policy of
 * `style-src 'self'` refuses. What is made through the object model is allowed, so the rules go into constructed
 * style sheets and the attributes into `style.cssText`.
 */
export class SealedStyles {
  readonly #sheets = new Map<Element, string>();
  #document: Document;
  #adopted: CSSStyleSheet[] = [];

  constructor(document: Document) {
    this.#document = document;
  }

  /** Runs `make`; <style> elements it creates are replaced by ones whose text lands in our sheets. */
  during<T>(make: () => T): T {
    const target = document; // xterm asks the page's own document, wherever the terminal is
    const create = target.createElement.bind(target);
    Object.defineProperty(target, 'createElement', {
      configurable: true,
      value: (name: string, options?: ElementCreationOptions) =>
        name === 'style' ? this.#standIn() : create(name, options),
    });
    try {
      return make();
    } finally {
      Reflect.deleteProperty(target, 'createElement');
    }
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

  #standIn(): HTMLElement {
    const element = document.createElement('span');
    element.hidden = true;
    Object.defineProperty(element, 'textContent', {
      get: () => this.#sheets.get(element) ?? '',
      set: (text: string) => {
        if (this.#sheets.get(element) === text) return;
        this.#sheets.set(element, text);
        this.#apply();
      },
    });
    element.remove = () => {
      Element.prototype.remove.call(element);
      if (this.#sheets.delete(element)) this.#apply();
    };
    return element;
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
