// Our own stroke set on a 16 px box, 1.5 px lines, round ends. Shapes only; colour and size come from outside.
import type { ReactNode } from 'react';

export const iconShapes = {
  tree: (
    <>
      <rect x="2" y="2.5" width="12" height="4.5" rx="1.2" />
      <rect x="2" y="9" width="12" height="4.5" rx="1.2" />
      <path d="M4.8 4.75h.01M4.8 11.25h.01M8 4.75h3.2M8 11.25h3.2" />
    </>
  ),
  wall: (
    <>
      <rect x="2" y="2.5" width="5" height="4.5" rx="1" />
      <rect x="9" y="2.5" width="5" height="4.5" rx="1" />
      <rect x="2" y="9" width="5" height="4.5" rx="1" />
      <rect x="9" y="9" width="5" height="4.5" rx="1" />
    </>
  ),
  moves: <path d="M2.5 5.5h10M9.5 2.5l3 3-3 3M13.5 11h-10M6.5 8.5l-3 2.5 3 2.5" />,
  gauge: (
    <>
      <path d="M2.6 12a6 6 0 1 1 10.8 0M8 9.5l2.6-3.2" />
      <path d="M8 9.5h.01" />
    </>
  ),
  bell: <path d="M3.5 11.5c1-1 1-2.2 1-4a3.5 3.5 0 0 1 7 0c0 1.8 0 3 1 4zM6.7 13.8c.7.5 1.9.5 2.6 0" />,
  gear: (
    <>
      <path d="M2 4.5h6M11.5 4.5H14M2 11.5h2.5M8 11.5h6" />
      <circle cx="9.75" cy="4.5" r="1.75" />
      <circle cx="6.25" cy="11.5" r="1.75" />
    </>
  ),
  user: (
    <>
      <circle cx="8" cy="5.5" r="2.75" />
      <path d="M2.8 13.5c.8-2.4 2.8-3.5 5.2-3.5s4.4 1.1 5.2 3.5" />
    </>
  ),
  search: (
    <>
      <circle cx="7" cy="7" r="4.25" />
      <path d="M10.2 10.2L13.5 13.5" />
    </>
  ),
  right: <path d="M6 3.5L10.5 8 6 12.5" />,
  down: <path d="M3.5 6L8 10.5 12.5 6" />,
  vm: (
    <>
      <rect x="1.75" y="2.75" width="12.5" height="8.5" rx="1.5" />
      <path d="M5.5 13.75h5" />
    </>
  ),
  container: <path d="M8 1.9l5.5 3v6.2L8 14.1l-5.5-3V4.9zM2.7 5L8 8l5.3-3M8 8v6" />,
  node: (
    <>
      <rect x="2" y="4.5" width="12" height="7" rx="1.5" />
      <path d="M4.8 8h.01M7.2 8h.01M10 8h1.5" />
    </>
  ),
  cluster: (
    <>
      <circle cx="8" cy="3.7" r="1.9" />
      <circle cx="3.9" cy="11.7" r="1.9" />
      <circle cx="12.1" cy="11.7" r="1.9" />
      <path d="M7.1 5.5L4.8 9.9M8.9 5.5l2.3 4.4M6 11.7h4" />
    </>
  ),
  play: <path d="M4.5 3v10l8-5z" fill="currentColor" />,
  square: <rect x="3.5" y="3.5" width="9" height="9" rx="1.5" />,
  pause: <path d="M5.5 3.5v9M10.5 3.5v9" strokeWidth="2.5" />,
  arrow: <path d="M2 8h9.5M8 4l4 4-4 4" />,
  unknown: (
    <>
      <circle cx="8" cy="8" r="5.75" strokeDasharray="2.2 2.3" />
      <path d="M8 8h.01" strokeWidth="2" />
    </>
  ),
  box: <path d="M2.5 5.5h11v7a1 1 0 0 1-1 1h-9a1 1 0 0 1-1-1zM2 2.5h12v3H2zM6.5 8.5h3" />,
  up: <path d="M3.5 10L8 5.5l4.5 4.5" />,
  upload: <path d="M8 10.5v-8M4.8 5.5L8 2.3l3.2 3.2M2.5 10.5v2a1 1 0 0 0 1 1h9a1 1 0 0 0 1-1v-2" />,
  check: <path d="M3 8.5l3.3 3.3L13 4.8" />,
  done: (
    <>
      <circle cx="8" cy="8" r="6" />
      <path d="M5.2 8.3l2 2 3.6-4.2" />
    </>
  ),
  alert: <path d="M8 2.2l6.2 11.1H1.8zM8 6.5v3M8 11.5h.01" />,
  fail: (
    <>
      <circle cx="8" cy="8" r="6" />
      <path d="M5.9 5.9l4.2 4.2M10.1 5.9l-4.2 4.2" />
    </>
  ),
  info: (
    <>
      <circle cx="8" cy="8" r="6" />
      <path d="M8 7.5v3.3M8 5.2h.01" />
    </>
  ),
  close: <path d="M4 4l8 8M12 4l-8 8" />,
  plus: <path d="M8 3v10M3 8h10" />,
  more: <path d="M3.5 8h.01M8 8h.01M12.5 8h.01" strokeWidth="2" />,
  split: (
    <>
      <rect x="2" y="2.5" width="12" height="11" rx="1.5" />
      <path d="M8 2.5v11" />
    </>
  ),
  sidebar: (
    <>
      <rect x="2" y="2.5" width="12" height="11" rx="1.5" />
      <path d="M6 2.5v11" />
    </>
  ),
  bottomPanel: (
    <>
      <rect x="2" y="2.5" width="12" height="11" rx="1.5" />
      <path d="M2 9.5h12" />
    </>
  ),
  keys: (
    <>
      <rect x="1.5" y="4" width="13" height="8" rx="1.5" />
      <path d="M4.3 6.8h.01M6.8 6.8h.01M9.3 6.8h.01M11.7 6.8h.01M5 9.5h6" />
    </>
  ),
  paste: (
    <>
      <rect x="3" y="3" width="10" height="11" rx="1.5" />
      <path d="M6 1.8h4v2.4H6zM5.8 8h4.4M5.8 10.8h2.7" />
    </>
  ),
  fit: (
    <path d="M2.5 6V3.5a1 1 0 0 1 1-1H6M10 2.5h2.5a1 1 0 0 1 1 1V6M13.5 10v2.5a1 1 0 0 1-1 1H10M6 13.5H3.5a1 1 0 0 1-1-1V10" />
  ),
  camera: (
    <>
      <path d="M2 5.5a1 1 0 0 1 1-1h1.8L6 3h4l1.2 1.5H13a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1z" />
      <circle cx="8" cy="8.4" r="2.2" />
    </>
  ),
  popOut: <path d="M9 2.5h4.5V7M13.2 2.8L8 8M11.5 9.5v3a1 1 0 0 1-1 1h-7a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1h3" />,
  fullScreen: <path d="M9.5 6.5l4-4M10.3 2.5h3.2v3.2M6.5 9.5l-4 4M5.7 13.5H2.5v-3.2" />,
  pulse: <path d="M1.5 8.5h3L6.3 4l3 8.5L11 8.5h3.5" />,
  terminal: (
    <>
      <rect x="1.75" y="2.75" width="12.5" height="10.5" rx="1.5" />
      <path d="M4.5 6l2.2 2-2.2 2M8.5 10.2h3" />
    </>
  ),
  lock: (
    <>
      <rect x="3" y="7" width="10" height="6.5" rx="1.3" />
      <path d="M5.3 7V5a2.7 2.7 0 0 1 5.4 0v2" />
    </>
  ),
  key: (
    <>
      <circle cx="5.3" cy="10.7" r="2.8" />
      <path d="M7.4 8.6l6-6M11 5l2 2" />
    </>
  ),
  folder: (
    <path d="M2 4.2c0-.7.5-1.2 1.2-1.2h2.7c.4 0 .8.2 1 .5l.8 1h5.1c.7 0 1.2.5 1.2 1.2v6.1c0 .7-.5 1.2-1.2 1.2H3.2c-.7 0-1.2-.5-1.2-1.2z" />
  ),
  file: <path d="M4 1.8h5.5L13 5.3v8a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V2.8a1 1 0 0 1 1-1zM9.3 2v3.5h3.5" />,
  flask: <path d="M6.2 2v4.3L2.8 12.2a1.2 1.2 0 0 0 1 1.8h8.4a1.2 1.2 0 0 0 1-1.8L9.8 6.3V2M5.2 2h5.6M4.8 10h6.4" />,
  eye: (
    <>
      <path d="M1.7 8S4 3.7 8 3.7 14.3 8 14.3 8 12 12.3 8 12.3 1.7 8 1.7 8z" />
      <circle cx="8" cy="8" r="1.9" />
    </>
  ),
  again: <path d="M13.3 8.5A5.4 5.4 0 1 1 12 4.3M12.5 1.8v3h-3" />,
  clock: (
    <>
      <circle cx="8" cy="8" r="6" />
      <path d="M8 4.7V8l2.3 1.6" />
    </>
  ),
  fold: <path d="M4.5 2.5L8 6l3.5-3.5M4.5 13.5L8 10l3.5 3.5" />,
  funnel: <path d="M2.5 4h11M4.8 8h6.4M6.8 12h2.4" />,
  copy: (
    <>
      <rect x="5.5" y="5.5" width="8" height="8" rx="1.3" />
      <path d="M3.5 10.5a1 1 0 0 1-1-1v-6a1 1 0 0 1 1-1h6a1 1 0 0 1 1 1" />
    </>
  ),
  minus: <path d="M3.5 8h9" />,
  max: <rect x="3.5" y="3.5" width="9" height="9" rx="1" />,
  ring: <path d="M8 2.25a5.75 5.75 0 1 1-5.75 5.75" />,
  gate: (
    <>
      <path d="M1.5 6.2c1-.8 1.9-.8 2.9 0M1.5 13.7h13M11.5 10.7c1-.8 2-.8 3 0M5.5 2.2h5" />
      <path d="M8 2.2v8.3" strokeWidth="2.6" />
    </>
  ),
  usb: <path d="M8 13.5v-11M6 4.5l2-2.5 2 2.5M8 11l3.5-2V7M8 9.5L4.5 7.5V6" />,
  power: <path d="M8 2v5.5M4.6 4.3a5 5 0 1 0 6.8 0" />,
  trash: <path d="M3 4.5h10M6.2 4.3V2.8h3.6v1.5M4.3 4.5l.6 9h6.2l.6-9M6.8 7v4M9.2 7v4" />,
  link: <path d="M6.5 9.5l3-3M7 4.5l1.2-1.2a3 3 0 0 1 4.3 4.3L11.3 8.8M9 11.5l-1.2 1.2a3 3 0 0 1-4.3-4.3L4.7 7.2" />,
  outside: <path d="M9.5 2.5h4v4M13.2 2.8L7.5 8.5M11.5 9.5v3a1 1 0 0 1-1 1h-7a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1h3" />,
  menu: <path d="M2.5 4.5h11M2.5 8h11M2.5 11.5h11" />,
  putBack: <path d="M2.5 7V3.5a1 1 0 0 1 1-1h9a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H9M6.8 9.2L2.5 13.5M2.5 10v3.5H6" />,
  maximize: <rect x="3" y="3" width="10" height="10" rx="1.2" />,
  chevronLeft: <path d="M10 3.5L5.5 8l4.5 4.5" />,
  eyeOff: (
    <path d="M3 3l10 10M6.4 4A6.6 6.6 0 0 1 8 3.7c4 0 6.3 4.3 6.3 4.3a11 11 0 0 1-1.7 2.2M4.2 5.2A10.6 10.6 0 0 0 1.7 8S4 12.3 8 12.3c1 0 2-.3 2.8-.7M6.7 6.6a1.9 1.9 0 0 0 2.6 2.7" />
  ),
} as const satisfies Record<string, ReactNode>;

export type IconName = keyof typeof iconShapes;
