/** What the server says about itself in index.html. */
export interface PortalConfig {
  /** Demo surroundings: codes and mails can be read on a page instead of a phone. */
  sandbox: boolean;
  mailboxUrl: string | null;
  csrfCookie: string;
}

const defaults: PortalConfig = { sandbox: false, mailboxUrl: null, csrfCookie: "csrftoken" };

function read(): PortalConfig {
  const text = document.getElementById("kboss-config")?.textContent?.trim();
  return { ...defaults, ...(text ? (JSON.parse(text) as Partial<PortalConfig>) : {}) };
}

export const config = read();
