import * as z from 'zod/mini';

export const viewerProtocol = z.enum(['spice', 'vnc']);
export type ViewerProtocol = z.infer<typeof viewerProtocol>;

/** A viewer of another program, found on this machine. */
export const viewer = z.object({
  id: z.string(),
  name: z.string(),
  opens: z.array(viewerProtocol),
});
export type Viewer = z.infer<typeof viewer>;

/** What a guest can be looked at with, as its server says now. */
export const guestDisplays = z.object({
  spice: z.boolean(),
  vnc: z.boolean(),
  terminal: z.boolean(),
});
export type GuestDisplays = z.infer<typeof guestDisplays>;
