/** The one site and its API user. Invented, as everything here. */
export const USER_NAME = 'api.smartassessor@provider.example';
export const PASSWORD = 'local-password';
export const CLIENT_KEY = 'local-key';

/** Stands in a field that the vendor shows and that no client may keep: it must never turn up anywhere else. */
export const PASSWORD_CANARY = 'canary-password-never-keep';

interface Parts {
  readonly user: string;
  readonly password: string;
  readonly key: string;
}

const judge = (given: string, right: string): string =>
  given === right ? 'right' : given === '' ? 'absent' : 'wrong';

/** What the history keeps of a credential: which part was right. */
export const explainParts = ({ user, password, key }: Parts): string =>
  `user ${judge(user, USER_NAME)}, password ${judge(password, PASSWORD)}, key ${judge(key, CLIENT_KEY)}`;

export const explainKey = (key: string): string => `key ${judge(key, CLIENT_KEY)}`;

/** Names under which a secret may come, in whatever case. */
export const SECRET_NAME = /password|client_?key|api_?key/i;

/** A query without the values of such names. */
export const withoutSecretValues = (query: string): string =>
  withoutSecrets(query.replace(/([^&=]*(?:password|client_?key|api_?key)[^&=]*=)[^&]*/gi, '$1…'));

/** Replaces the site's own secrets wherever else they turn up, such as in a query. */
export const withoutSecrets = (text: string): string =>
  text.replaceAll(PASSWORD, '(password)').replaceAll(CLIENT_KEY, '(key)');
