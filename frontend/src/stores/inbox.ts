import { defineStore } from "pinia";
import { ref } from "vue";

import { api, take } from "@/api/client";
import type { Message } from "@/api/types";

const FEW = 5;

/** What the bell shows: how many messages are unread, and the newest. */
export const useInbox = defineStore("inbox", () => {
  const unread = ref(0);
  const newest = ref<Message[] | null>(null);

  async function count(): Promise<void> {
    unread.value = (await take(api.GET("/api/v1/me/messages/unread/"))).unread;
  }

  async function look(): Promise<void> {
    newest.value = (await take(api.GET("/api/v1/me/messages/", { params: { query: { page_size: FEW } } }))).results;
  }

  async function read(message: Message): Promise<void> {
    if (message.read_at) return;
    await take(api.POST("/api/v1/me/messages/{id}/read/", { params: { path: { id: message.id } } }));
    await Promise.all([count(), look()]);
  }

  function forget(): void {
    unread.value = 0;
    newest.value = null;
  }

  return { unread, newest, count, look, read, forget };
});
