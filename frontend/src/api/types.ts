/** Names for what the API answers, read off the generated schema by path. */
import type { paths } from "@/api/schema";

type Json<Response> = Response extends { content: { "application/json": infer Body } } ? Body : never;

type Got<Path extends keyof paths> = paths[Path] extends { get: { responses: { 200: infer Response } } }
  ? Json<Response>
  : never;

type Row<Path extends keyof paths> = Got<Path> extends { results: (infer Item)[] } ? Item : never;

export interface Page<Item> {
  count: number;
  results: Item[];
}

export type Me = Got<"/api/v1/me/">;
export type Category = Row<"/api/v1/categories/">;
export type Product = Row<"/api/v1/products/">;
export type ProductDetail = Got<"/api/v1/products/{id}/">;
export type Sku = ProductDetail["skus"][number];
export type Quote = Got<"/api/v1/quotes/{id}/">;
export type Price = paths["/api/v1/quotes/preview/"]["post"]["responses"]["200"]["content"]["application/json"];
export type QuoteLine = Quote["lines"][number];
export type Order = Row<"/api/v1/orders/">;
export type OrderDetail = Got<"/api/v1/orders/{id}/">;
export type TimelineEntry = OrderDetail["timeline"][number];
export type Approval = Row<"/api/v1/approvals/">;
export type ApprovalDetail = Got<"/api/v1/approvals/{id}/">;
export type ApprovalKind = Got<"/api/v1/approval-kinds/">[number];
export type AskField = NonNullable<ApprovalKind["asks"]>[number];
export type ApprovalStep = ApprovalDetail["steps"][number];
export type Message = Row<"/api/v1/me/messages/">;
export type MessageSettings = Got<"/api/v1/me/notification-preferences/">;
export type MessageKind = MessageSettings["kinds"][number];
export type Resource = Row<"/api/v1/resources/">;
export type Wallet = Got<"/api/v1/wallet/">;
export type WalletEntry = Row<"/api/v1/wallet/entries/">;
export type Recharge = Got<"/api/v1/recharges/{id}/">;
export type RechargeBrief = Row<"/api/v1/recharges/">;
export type SignIn = Row<"/api/v1/sign-ins/">;
export type Contact = Row<"/api/v1/me/contacts/">;
export type Token = Row<"/api/v1/tokens/">;
export type Bill = Row<"/api/v1/bills/">;
export type BillDetail = Got<"/api/v1/bills/{id}/">;
export type BillItem = Row<"/api/v1/bills/{id}/items/">;
export type Facets = Got<"/api/v1/products/facets/">;
export type FacetValue = Facets["vendor"][number];
export type Cart = Got<"/api/v1/cart/">;
export type CartLine = Cart["lines"][number];
export type Favorite = Row<"/api/v1/favorites/">;
export type Promotion = Row<"/api/v1/promotions/">;
export type Voucher = Row<"/api/v1/vouchers/">;
export type Agreement = Row<"/api/v1/my-prices/">;
