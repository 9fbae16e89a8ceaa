import { ElMessage } from "element-plus";

/** A short word that something was done. Failures are never shown this way: they stay on the page. */
export function notify(message: string): void {
  ElMessage({ message, type: "success", grouping: true, showClose: true });
}

export async function copy(text: string, message: string): Promise<void> {
  await navigator.clipboard.writeText(text);
  notify(message);
}
