import { Readable } from 'node:stream';
import { Controller, Get, Param, StreamableFile, UseGuards } from '@nestjs/common';
import { ProblemError, InternalKeyGuard } from '@looseleaf/service-kit';
import { z } from 'zod';
import { StockFiles, type StockFileView } from './stock-files.js';

const idParameter = z.uuid();

/** How imports go and which rows they rejected, for the shop's own services. */
@Controller('internal/stock-files')
@UseGuards(InternalKeyGuard)
export class StockFilesController {
  constructor(private readonly files: StockFiles) {}

  @Get(':id')
  async read(@Param('id', { schema: idParameter }) id: string): Promise<StockFileView> {
    const file = await this.files.find(id);
    if (file) return file;
    throw new ProblemError(404, 'STOCK_FILE.UNKNOWN', 'No stock file with this id has reached the inventory.');
  }

  @Get(':id/rejections.csv')
  async readRejections(@Param('id', { schema: idParameter }) id: string): Promise<StreamableFile> {
    await this.read(id);
    return new StreamableFile(Readable.from(this.rejectionsAsCsv(id)), { type: 'text/csv; charset=utf-8' });
  }

  private async *rejectionsAsCsv(id: string): AsyncGenerator<string, void, undefined> {
    yield 'line,reason\n';
    for await (const { line, reason } of this.files.rejections(id)) yield `${line},"${reason.replaceAll('"', '""')}"\n`;
  }
}
