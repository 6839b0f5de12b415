import { Emitter } from '../../../shared/base/event.ts';
import { type Disposable, DisposableStore, toDisposable } from '../../../shared/base/lifecycle.ts';
import { consoleWindowPath, consoleWindowText, type WindowWish } from '../../../shared/wire/consoleWindow.ts';

/**
 * A window for one console. It runs no script of its own: this page fills it, dresses it in its own styles and theme,
 * and moves the console's element into it, so that the stream goes on.
 */
export class ConsoleWindow implements Disposable {
  readonly window: Window;
  /** Its page stands, dressed. Rejects when it was closed before. */
  readonly ready: Promise<void>;
  readonly #life = new DisposableStore();
  readonly #closed = this.#life.add(new Emitter<void>());
  /** The person closed it. */
  readonly onClose = this.#closed.event;

  /** Undefined where the browser does not allow it. To be called right in the person's click. */
  static open(name: string, at: WindowWish | undefined): ConsoleWindow | undefined {
    const child = window.open(consoleWindowPath, name, consoleWindowText(at));
    return child ? new ConsoleWindow(child) : undefined;
  }

  private constructor(child: Window) {
    this.window = child;
    this.ready = new Promise((resolve, reject) => {
      const handleLoad = () => void this.#dress().then(resolve, reject);
      child.addEventListener('load', handleLoad, { once: true });
    });
  }

  /** Closes the window without a word. */
  dispose(): void {
    this.#life.dispose();
    this.window.close();
  }

  async #dress(): Promise<void> {
    const child = this.window;
    const handleHide = () => this.#closed.fire();
    child.addEventListener('pagehide', handleHide);
    this.#life.add(toDisposable(() => child.removeEventListener('pagehide', handleHide)));
    await Promise.all(styleLinks(document.head).map((link) => copyLink(link, child.document)));
    const sheets = new MutationObserver((changes) => {
      const added = changes.flatMap(({ addedNodes }) => [...addedNodes]);
      for (const node of added) if (isStyleLink(node)) void copyLink(node, child.document);
    });
    sheets.observe(document.head, { childList: true });
    const theme = new MutationObserver(() => copyTheme(child.document));
    theme.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    copyTheme(child.document);
    this.#life.add(toDisposable(() => sheets.disconnect()));
    this.#life.add(toDisposable(() => theme.disconnect()));
  }
}

const styleLinks = (head: ParentNode) => [...head.querySelectorAll<HTMLLinkElement>('link[rel="stylesheet"]')];

function isStyleLink(node: Node): node is HTMLLinkElement {
  return node instanceof HTMLLinkElement && node.rel === 'stylesheet';
}

/** Resolves when it applies, or can not be had. */
function copyLink({ href }: HTMLLinkElement, to: Document): Promise<void> {
  if (styleLinks(to.head).some((link) => link.href === href)) return Promise.resolve();
  const link = to.createElement('link');
  link.rel = 'stylesheet';
  link.href = href;
  const done = new Promise<void>((resolve) => {
    for (const type of ['load', 'error']) link.addEventListener(type, () => resolve(), { once: true });
  });
  to.head.append(link);
  return done;
}

function copyTheme({ documentElement }: Document): void {
  const { theme } = document.documentElement.dataset;
  if (theme === undefined) delete documentElement.dataset['theme'];
  else documentElement.dataset['theme'] = theme;
}
