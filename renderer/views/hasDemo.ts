import { shell } from '../link/shell.ts';
import type { Connection } from '../state/connection.ts';

/** Whether a demo can be had. Every shell has one; a web host may be without, and says so with its first word. */
export const hasDemo = ({ hello }: Pick<Connection, 'hello'>): boolean => hello?.hasDemo ?? shell() !== undefined;
