// What the page has in the shell's native menus. Checked by the shell: pages are not trusted.
import * as z from 'zod/mini';

export const menuNames = ['file', 'edit', 'view', 'console', 'window', 'help'] as const;
export type MenuName = (typeof menuNames)[number];

const text = z.string().check(z.minLength(1), z.maxLength(200));

export const shellMenuItem = z.strictObject({
  /** Comes back when it is chosen. */
  id: text,
  label: text,
  /** Written with `Ctrl`, which is Cmd on a Mac. */
  keys: z.optional(z.string().check(z.maxLength(40))),
  isOff: z.optional(z.boolean()),
  /** Set for choices and switches. */
  isOn: z.optional(z.boolean()),
});
export type ShellMenuItem = z.infer<typeof shellMenuItem>;

/** Groups are parted by a line. */
export const shellMenus = z
  .array(
    z.strictObject({
      name: z.enum(menuNames),
      groups: z.array(z.array(shellMenuItem).check(z.maxLength(200))).check(z.maxLength(20)),
    }),
  )
  .check(z.maxLength(menuNames.length));
export type ShellMenus = z.infer<typeof shellMenus>;

/** Where in the window a menu is opened, in CSS pixels. */
export const menuPlace = z.strictObject({
  x: z.int().check(z.gte(0), z.lte(16_384)),
  y: z.int().check(z.gte(0), z.lte(16_384)),
});

export const keyboardHolder = z.enum(['page', 'console']);
export type KeyboardHolder = z.infer<typeof keyboardHolder>;
