import { tool } from 'ai'
import { z } from 'zod'
import { refund } from './refund.js'
import { askRiskAnalyst } from './risk-analyst.js'
import type { Scene } from './scene.js'
import { pause } from './telemetry.js'

const order = z.object({ orderId: z.string() })

/** What the support agent can do. `approval.id` is set once a person has been asked. */
export function toolsOf(scene: Scene, approval: { id: string }) {
  return {
    lookup_order: tool({
      description: 'Looks up an order',
      inputSchema: order,
      execute: async ({ orderId }) => {
        await pause(14)
        return { orderId, item: 'headphones', total: 89.9, currency: 'EUR', delivered: '2026-11-19' }
      },
    }),
    track_shipment: tool({
      description: 'Asks the carrier about a shipment',
      inputSchema: order,
      execute: async ({ orderId }) => {
        await pause(27)
        return { orderId, status: 'delivered', damage: 'confirmed by the carrier' }
      },
    }),
    ask_risk_analyst: tool({
      description: 'Asks the risk analyst, another agent',
      inputSchema: z.object({ question: z.string() }),
      execute: ({ question }) => askRiskAnalyst(scene, question),
    }),
    refund: tool({
      description: 'Pays an order back; a person must approve it',
      inputSchema: order.extend({ amount: z.number(), currency: z.string() }),
      needsApproval: true,
      execute: (args) => refund(scene, approval.id, args),
    }),
  }
}
