import { type Disposable, toDisposable } from '../../../shared/base/lifecycle.ts';

/** Calls `fn` when the page or the system changed its theme. */
export function watchTheme(element: Element, fn: () => void): Disposable {
  const { documentElement } = element.ownerDocument;
  const attributes = new MutationObserver(fn);
  attributes.observe(documentElement, { attributeFilter: ['class', 'style', 'data-theme'] });
  const system = matchMedia('(prefers-color-scheme: dark)');
  system.addEventListener('change', fn);
  return toDisposable(() => {
    attributes.disconnect();
    system.removeEventListener('change', fn);
  });
}
