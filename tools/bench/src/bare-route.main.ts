import 'reflect-metadata';
import { Body, Controller, HttpCode, Module, Post, StandardSchemaValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { orderLine } from '@looseleaf/contracts';
import { z } from 'zod';

/*
 * The yardstick for accepting orders: the same framework validates the same body and answers 202, and does nothing else.
 * Prints its port to the process that started it.
 */
const orderRequest = z.object({
  customerId: z.string().min(1).max(255).optional(),
  email: z.email().max(320).optional(),
  lines: z.array(orderLine).min(1).max(100),
});

@Controller('v1/orders')
class BareController {
  @Post()
  @HttpCode(202)
  accept(@Body({ schema: orderRequest }) order: z.infer<typeof orderRequest>): {
    id: string;
    state: string;
    lines: number;
  } {
    return { id: '00000000-0000-8000-8000-000000000000', state: 'accepted', lines: order.lines.length };
  }
}

@Module({ controllers: [BareController] })
class BareModule {}

const app = await NestFactory.create<NestFastifyApplication>(BareModule, new FastifyAdapter(), { logger: false });
app.useGlobalPipes(new StandardSchemaValidationPipe());
await app.listen(0, '127.0.0.1');
process.send?.({ url: await app.getUrl() });
process.once('disconnect', () => process.exit(0));
