/**
 * How a fresh node lets users in: /etc/pam.d, and what `pam-auth-update` keeps about the part of it that it writes. Debian's,
 * without what only a kernel that is asked alone can do: audit, sessions of systemd, key rings.
 */

type Stack = {
  /** What it is called in /etc/pam.d. */
  type: string;
  /** Lines as a profile has them, `end` being where the modules of its kind end. */
  primary: string;
  additional?: string;
};

const PERMIT = "[default=1]			pam_permit.so";

const STACKS: Readonly<Record<string, Stack>> = {
  auth: { type: "auth", primary: "[success=end default=ignore]	pam_unix.so nullok" },
  account: { type: "account", primary: "[success=end new_authtok_reqd=done default=ignore]	pam_unix.so" },
  password: { type: "password", primary: "[success=end default=ignore]	pam_unix.so obscure yescrypt" },
  session: { type: "session", primary: PERMIT, additional: "required	pam_unix.so" },
  "session-noninteractive": { type: "session", primary: PERMIT, additional: "required	pam_unix.so" },
};

/** By path below the root. */
export function pamFiles(): Record<string, string> {
  const stacks = Object.entries(STACKS).flatMap(([name, stack]) => [
    [`etc/pam.d/common-${name}`, managed(name, stack)],
    [`var/lib/pam/${name}`, kept(stack)],
  ]);
  const services = Object.entries(serviceFiles()).map(([name, text]) => [`etc/pam.d/${name}`, text]);
  return {
    ...Object.fromEntries([...stacks, ...services]),
    "var/lib/pam/seen": Object.keys(PAM_PROFILES)
      .map((name) => `${name}\n`)
      .join(""),
    "var/lib/dpkg/info/libpam-runtime.templates": TEMPLATES,
  };
}

/** Between the marks by which `pam-auth-update` finds its part again. */
function managed(name: string, { type, primary, additional }: Stack): string {
  const line = (text: string) => `${type}	${text.replace("=end", "=1").replace(/pam_unix\.so$/, "$& ")}\n`;
  return `#
# /etc/pam.d/common-${name} - settings common to all services
#
# As of pam 1.0.1-6, this file is managed by pam-auth-update by default.

# here are the per-package modules (the "Primary" block)
${line(primary)}# here's the fallback if no module succeeds
${type}	requisite			pam_deny.so
# prime the stack with a positive return value if there isn't one already;
# this avoids us returning an error just because nothing sets a success code
# since the modules above will each just jump around
${type}	required			pam_permit.so
# and here are more per-package modules (the "Additional" block)
${additional ? line(additional) : ""}# end of pam-auth-update config
`;
}

function kept({ primary, additional }: Stack): string {
  const module = (name: string, text: string) => `Module: ${name}\n${text}\n`;
  return additional ? module("null", primary) + module("unix", additional) : module("unix", primary);
}

/** Of /usr/share/pam-configs. */
export const PAM_PROFILES: Readonly<Record<string, string>> = {
  unix: `Name: Unix authentication
Default: yes
Priority: 256
Auth-Type: Primary
Auth:
	[success=end default=ignore]	pam_unix.so nullok try_first_pass
Auth-Initial:
	[success=end default=ignore]	pam_unix.so nullok
Account-Type: Primary
Account:
	[success=end new_authtok_reqd=done default=ignore]	pam_unix.so
Account-Initial:
	[success=end new_authtok_reqd=done default=ignore]	pam_unix.so
Session-Type: Additional
Session:
	required	pam_unix.so
Session-Initial:
	required	pam_unix.so
Password-Type: Primary
Password:
	[success=end default=ignore]	pam_unix.so obscure use_authtok try_first_pass yescrypt
Password-Initial:
	[success=end default=ignore]	pam_unix.so obscure yescrypt
`,
  mkhomedir: `Name: Create home directory on login
Default: no
Priority: 0
Session-Type: Additional
Session-Interactive-Only: yes
Session:
	optional			pam_mkhomedir.so
`,
};

/** The questions of `pam-auth-update`, in its own words. */
const TEMPLATES = `Template: libpam-runtime/title
Type: title
Description: PAM configuration

Template: libpam-runtime/profiles
Type: multiselect
Choices: \${profiles}
Choices-C: \${profile_names}
Description: PAM profiles to enable:

Template: libpam-runtime/conflicts
Type: error
Description: Incompatible PAM profiles selected.

Template: libpam-runtime/override
Type: boolean
Default: false
Description: Override local changes to /etc/pam.d/common-*?

Template: libpam-runtime/no_profiles_chosen
Type: error
Description: No PAM profiles have been selected.
`;

function serviceFiles(): Record<string, string> {
  const included = (...names: string[]) => names.map((name) => `@include common-${name}\n`).join("");
  const all = included("auth", "account", "session", "password");
  return {
    sshd:
      `${included("auth")}account	required	pam_nologin.so\n${included("account", "session")}` +
      "session	required	pam_limits.so\nsession	required	pam_env.so\n" +
      included("password"),
    su: `auth	sufficient	pam_rootok.so\nsession	required	pam_env.so readenv=1\nsession	required	pam_limits.so\n${all}`,
    "su-l": "auth	include	su\naccount	include	su\npassword	include	su\nsession	include	su\n",
    sudo: `session	required	pam_limits.so\n${included("auth", "account", "session")}`,
    "sudo-i": `session	required	pam_limits.so\n${included("auth", "account", "session")}`,
    login: `auth	optional	pam_faildelay.so delay=3000000\nauth	requisite	pam_nologin.so\n${all}`,
    cron: `${included("auth", "account", "session")}session	required	pam_limits.so\n`,
    passwd: included("password"),
    chpasswd: included("password"),
    newusers: included("password"),
    chsh: `auth	required	pam_shells.so\nauth	sufficient	pam_rootok.so\n${all}`,
    chfn: `auth	sufficient	pam_rootok.so\n${all}`,
    other: all,
  };
}
