import { checkLogin, enabledUser } from '../../auth/checkLogin.ts';
import { realmsOf, type User } from '../../auth/users.ts';
import { ApiError } from '../../http/apiError.ts';
import type { OpenIdRealm } from '../../openId/openIdRealm.ts';
import type { LabServices } from '../../services.ts';
import { flag, integer, optional, text } from '../params.ts';
import type { Call, Route } from '../route.ts';

const ALL_CAPS: Readonly<Record<string, readonly string[]>> = {
  vms: ['VM.Audit', 'VM.Console', 'VM.PowerMgmt', 'VM.Migrate', 'VM.Backup', 'VM.Config.Options', 'VM.Monitor'],
  nodes: ['Sys.Audit', 'Sys.Console', 'Sys.PowerMgmt', 'Sys.Modify'],
  storage: ['Datastore.Audit', 'Datastore.Allocate', 'Datastore.AllocateSpace', 'Datastore.AllocateTemplate'],
  access: ['User.Modify', 'Permissions.Modify'],
  dc: ['Sys.Audit', 'Sys.Modify'],
  sdn: ['SDN.Audit', 'SDN.Use'],
  mapping: ['Mapping.Audit', 'Mapping.Use'],
};

const capsOf = (services: LabServices, userId: string): Record<string, Record<string, 1>> =>
  Object.fromEntries(
    Object.entries(ALL_CAPS).map(([area, privileges]) => [
      area,
      Object.fromEntries(
        privileges.filter((one) => services.users.mayAnywhere(userId, one)).map((one) => [one, 1 as const]),
      ),
    ]),
  );

const fullLogin = (services: LabServices, user: User) => ({
  username: user.id,
  ticket: services.tickets.login(user.id),
  CSRFPreventionToken: services.tickets.csrf(user.id),
  cap: capsOf(services, user.id),
  ...(services.users.may(user.id, 'Sys.Audit') ? { clustername: services.cluster.name } : {}),
});

const userOf = (call: Call): User => {
  const name = call.params.text('username');
  const realm = call.params.maybeText('realm');
  return enabledUser(call.services.users, realm === undefined ? name : `${name}@${realm}`);
};

/** Password, ticket in the password's place, second factor (PVE wire facts 1.2). */
function logIn(call: Call): unknown {
  const { services, params } = call;
  const user = userOf(call);
  const half = params.maybeText('tfa-challenge');
  const otp = params.maybeText('otp');
  if (half !== undefined && otp !== undefined)
    throw ApiError.parameters({ otp: "cannot be combined with 'tfa-challenge'" });
  const form = { user, password: params.text('password'), half, otp };
  const challenge = checkLogin({ tickets: services.tickets, nowS: services.nowS() }, form);
  if (challenge === undefined) return fullLogin(services, user);
  return {
    username: user.id,
    ticket: services.tickets.half(user.id, challenge),
    CSRFPreventionToken: services.tickets.csrf(user.id),
    NeedTFA: 1,
  };
}

/** The two steps of an OpenID sign-in (PVE wire facts 1.6). */
const openIdRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/access/openid/auth-url',
    params: { realm: text(32), 'redirect-url': text(255) },
    handle: ({ services, params }) => openIdOf(services).authUrl(params.text('realm'), params.text('redirect-url')),
  },
  {
    method: 'POST',
    path: '/access/openid/login',
    params: { state: text(1024), code: text(4096), 'redirect-url': text(255) },
    handle: ({ services, params }) => {
      const userId = openIdOf(services).login(params.text('state'), params.text('code'), params.text('redirect-url'));
      return fullLogin(services, enabledUser(services.users, userId));
    },
  },
];

function openIdOf({ openId }: LabServices): OpenIdRealm {
  if (openId === undefined) throw new ApiError(500, 'no OpenID realm is configured');
  return openId;
}

/** New termproxy helpers ask this; so may anybody who holds a console ticket (PVE wire facts 4.2). */
function checkConsoleTicket(call: Call): null {
  const { params, services } = call;
  const port = params.integer('port');
  const isGood = services.consoles.isTicket(params.text('vncticket'), params.text('authid'), params.text('path'), port);
  if (!isGood) throw new ApiError(401, 'permission denied - invalid PVEVNC ticket');
  return null;
}

export const accessRoutes: readonly Route[] = [
  ...openIdRoutes,
  {
    method: 'GET',
    path: '/access/domains',
    handle: ({ services }) => [...realmsOf('pve'), ...(services.openId?.realms ?? [])],
  },
  { method: 'GET', path: '/access/ticket', handle: () => null },
  {
    method: 'POST',
    path: '/access/ticket',
    params: {
      username: text(64),
      realm: optional(text(32)),
      password: text(4096),
      otp: optional(text(1024)),
      'tfa-challenge': optional(text(4096)),
      'new-format': flag,
      path: optional(text(64)),
      privs: optional(text(64)),
    },
    handle: (call) => {
      const login = logIn(call);
      const path = call.params.maybeText('path');
      return path === undefined ? login : { username: userOf(call).id };
    },
  },
  {
    method: 'POST',
    path: '/access/vncticket',
    params: { authid: text(64), vncticket: text(512), path: text(64), port: optional(integer(5900, 5999)) },
    handle: checkConsoleTicket,
  },
  {
    method: 'GET',
    path: '/access/permissions',
    params: { path: optional(text(64)) },
    handle: ({ services, authId, params }) => {
      const path = params.maybeText('path');
      return path === undefined ? services.users.permissions(authId) : services.users.permissionsAt(authId, path);
    },
  },
  { method: 'GET', path: '/access', handle: () => [{ subdir: 'domains' }, { subdir: 'ticket' }] },
];
