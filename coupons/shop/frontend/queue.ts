// Scans made without a network, kept in the phone's own database until each is settled and shown.
export interface Kept { key: string; number: string; at: number }

const NAME = "tessera-till";
const STORE = "scans";

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "key" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function run<T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const request = act(transaction.objectStore(STORE));
      // The promise holds only once the phone has it for good.
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = () => reject(transaction.error);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

export const keep = (scan: Kept) => run("readwrite", (store) => store.put(scan));
export const drop = (key: string) => run("readwrite", (store) => store.delete(key));
export async function kept(): Promise<Kept[]> {
  const all = (await run("readonly", (store) => store.getAll())) as Kept[];
  return all.sort((one, other) => one.at - other.at);
}
