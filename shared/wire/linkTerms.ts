/** Both sides must speak the same; a page of another build is told to reload. */
export const wireVersion = 1;

/** Below the 60 s, and the 30 s, that common proxies give a silent connection. */
export const usualHeartbeatMs = 20_000;
/** Where something between cuts sooner. */
export const leastHeartbeatMs = 1_000;
