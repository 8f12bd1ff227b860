// Signing out forgets what the console kept in this browser, in every tab. Nothing else of this address is
// forgotten: on a phone shared with the till, scans that wait for the network are still owed.
const tabs = new BroadcastChannel("tessera-signed-out");

/** Whether this page is on its way out: where to is the answer's to say. */
export let signingOut = false;

export function startForget(): void {
  tabs.addEventListener("message", () => sessionStorage.clear());
  document.addEventListener("submit", (event) => {
    if (!(event.target instanceof HTMLElement) || !event.target.querySelector("[data-role=sign-out]")) return;
    signingOut = true;
    sessionStorage.clear();
    tabs.postMessage("");
  });
}
