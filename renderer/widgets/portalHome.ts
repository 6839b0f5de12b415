import { createContext, useContext } from 'react';

/** Where menus, dialogs and popovers are put: into the window that they belong to. */
const PortalHome = createContext<HTMLElement | undefined>(undefined);

export const PortalHomeProvider = PortalHome.Provider;

/** For the portals of base-ui; without an own home the page's. */
export function usePortalHome(): { container?: HTMLElement } {
  const home = useContext(PortalHome);
  return home ? { container: home } : {};
}
