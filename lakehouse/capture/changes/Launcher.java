import io.debezium.embedded.EmbeddedEngineChangeEvent;
import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.format.Json;
import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.runtime.WorkerConfig;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.storage.MemoryOffsetBackingStore;

/**
 * Debezium's engine, speaking over standard input and output with the process that started it.
 *
 * In: the engine's properties, an empty line, then a line for each acknowledgement, "ack BATCH" (all
 * records up to that batch are on disk), or "stop". End of input, which a dead parent leaves behind,
 * ends this process at once.
 *
 * Out: a line for each record, "record TAB topic TAB position TAB snapshot TAB json", "batch TAB n"
 * after each batch, and "failed TAB why" before the end if the engine failed. The JSON is Debezium's
 * envelope with the record's key put in front; it holds neither tab nor line feed.
 *
 * Plain Java 8 without lambdas and inferred types: Spark's own compiler, Janino, makes a class of it.
 */
public class Launcher implements DebeziumEngine.ChangeConsumer, DebeziumEngine.CompletionCallback {

    private static final int BUFFER = 1 << 18;

    private final OutputStream out = new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), BUFFER);
    private final ArrayDeque batches = new ArrayDeque();
    private long sent = 0;
    private int status = 1;

    public static void main(String[] arguments) throws Exception {
        System.setOut(System.err);  // only records go to the parent
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        StringBuilder text = new StringBuilder();
        for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
            text.append(line).append('\n');
        }
        Properties properties = new Properties();
        properties.load(new StringReader(text.toString()));
        Launcher launcher = new Launcher();
        DebeziumEngine engine = DebeziumEngine.create(Json.class)
                .using(properties)
                .using(Launcher.class.getClassLoader())
                .notifying((DebeziumEngine.ChangeConsumer) launcher)
                .using((DebeziumEngine.CompletionCallback) launcher)
                .build();
        Thread commands = new Thread(new Commands(launcher, engine, in), "commands");
        commands.setDaemon(true);
        commands.start();
        engine.run();
        System.exit(launcher.status);
    }

    /** Sends a batch; nothing in it counts as processed before the parent acknowledges the batch. */
    public void handleBatch(List events, DebeziumEngine.RecordCommitter committer) throws InterruptedException {
        try {
            EmbeddedEngineChangeEvent last = null;
            for (int i = 0; i < events.size(); i++) {
                EmbeddedEngineChangeEvent event = (EmbeddedEngineChangeEvent) events.get(i);
                send(event);
                last = isWhole(event.sourceRecord()) ? event : last;
            }
            sent++;
            if (last != null) {
                Object[] batch = {Long.valueOf(sent), last, committer};
                synchronized (batches) {
                    batches.add(batch);
                }
            }
            write("batch\t" + sent);
            out.flush();
        } catch (IOException error) {
            Runtime.getRuntime().halt(1);  // the parent is gone
        }
    }

    private void send(EmbeddedEngineChangeEvent event) throws IOException {
        String value = (String) event.value();
        if (value == null) {
            return;
        }
        SourceRecord record = event.sourceRecord();
        Object position = position(record);
        write("record\t" + event.destination() + "\t" + (position == null ? "" : position) + "\t" + snapshot(record)
                + "\t{\"key\":" + event.key() + "," + value.substring(1));
    }

    /**
     * Only the ends of transactions and of the first snapshot are acknowledged, so that a new start
     * repeats whole transactions. From within one, Debezium passes over a log position that it has
     * seen, though two records may share it.
     */
    private static boolean isWhole(SourceRecord record) {
        if (!(record.value() instanceof Struct)) {
            return false;
        }
        Struct value = (Struct) record.value();
        if (value.schema().field("data_collections") != null) {
            return "END".equals(value.getString("status"));
        }
        return value.schema().field("aggregate_type") != null
                && "Initial Snapshot".equals(value.getString("aggregate_type"))
                && "COMPLETED".equals(value.getString("type"));
    }

    /** Where in the log a record stands; null for the first notices, which stand nowhere. */
    private static Object position(SourceRecord record) {
        return record.sourceOffset() == null ? null : record.sourceOffset().get("lsn");
    }

    /** Debezium's word for a row of a snapshot ("true", "last", "incremental", ...), empty for a change. */
    private static String snapshot(SourceRecord record) {
        if (!(record.value() instanceof Struct) || record.valueSchema().field("source") == null) {
            return "";
        }
        String word = ((Struct) record.value()).getStruct("source").getString("snapshot");
        return word == null || word.equals("false") ? "" : word;
    }

    private synchronized void write(String line) throws IOException {
        out.write(line.getBytes(StandardCharsets.UTF_8));
        out.write('\n');
    }

    /** Lets Debezium store its offsets, and tell the database, up to the last transaction of a batch. */
    void acknowledge(long upTo) throws InterruptedException {
        Object[] newest = null;
        synchronized (batches) {
            while (!batches.isEmpty() && ((Long) ((Object[]) batches.peek())[0]).longValue() <= upTo) {
                newest = (Object[]) batches.poll();
            }
        }
        if (newest != null) {
            DebeziumEngine.RecordCommitter committer = (DebeziumEngine.RecordCommitter) newest[2];
            committer.markProcessed(newest[1]);
            committer.markBatchFinished();
        }
    }

    /** Called once, when the engine has ended, for whatever reason. */
    public void handle(boolean success, String message, Throwable error) {
        status = success ? 0 : 1;
        StringBuilder why = new StringBuilder(String.valueOf(message));
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            why.append(" <- ").append(cause);
        }
        try {
            write((success ? "ended\t" : "failed\t") + why.toString().replaceAll("\\s+", " "));
            out.flush();
        } catch (IOException gone) {
            Runtime.getRuntime().halt(1);
        }
    }

    /** Reads what the parent says until it says stop, or is gone. */
    private static class Commands implements Runnable {
        private final Launcher launcher;
        private final DebeziumEngine engine;
        private final BufferedReader in;

        Commands(Launcher launcher, DebeziumEngine engine, BufferedReader in) {
            this.launcher = launcher;
            this.engine = engine;
            this.in = in;
        }

        public void run() {
            try {
                for (String line = in.readLine(); line != null; line = in.readLine()) {
                    if (line.equals("stop")) {
                        engine.close();
                    } else if (line.startsWith("ack ")) {
                        launcher.acknowledge(Long.parseLong(line.substring(4)));
                    }
                }
            } catch (Exception error) {
                error.printStackTrace();
            }
            Runtime.getRuntime().halt(2);
        }
    }

    /**
     * Debezium's offsets in a file, a line each, "key TAB value" in JSON. It is replaced as a whole and
     * brought to disk: Kafka's own store writes in place, and takes a torn file for no offsets at all.
     */
    public static class Offsets extends MemoryOffsetBackingStore {
        private Path file;

        public void configure(WorkerConfig config) {
            super.configure(config);
            file = Paths.get((String) config.originals().get("offset.storage.file"), new String[0]);
        }

        public void start() {
            super.start();
            try {
                if (Files.exists(file)) {
                    Iterator lines = Files.readAllLines(file, StandardCharsets.UTF_8).iterator();
                    while (lines.hasNext()) {
                        String[] pair = ((String) lines.next()).split("\t", 2);
                        data.put(bytes(pair[0]), bytes(pair[1]));
                    }
                }
            } catch (IOException error) {
                throw new RuntimeException(error);
            }
        }

        protected void save() {
            StringBuilder text = new StringBuilder();
            Iterator entries = data.entrySet().iterator();
            while (entries.hasNext()) {
                Map.Entry entry = (Map.Entry) entries.next();
                text.append(text(entry.getKey())).append('\t').append(text(entry.getValue())).append('\n');
            }
            Path whole = file.resolveSibling(file.getFileName() + ".new");
            try {
                write(whole, ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.UTF_8)));
                Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE);
                sync(file.getParent());
            } catch (IOException error) {
                // Going on would let the database keep its log for ever, in silence.
                System.err.println("the offsets cannot be written: " + error);
                Runtime.getRuntime().halt(3);
            }
        }

        public Set connectorPartitions(String connector) {
            return Collections.emptySet();
        }

        private static void write(Path path, ByteBuffer content) throws IOException {
            FileChannel channel = FileChannel.open(path, new StandardOpenOption[] {
                StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING});
            try {
                channel.write(content);
                channel.force(true);
            } finally {
                channel.close();
            }
        }

        private static void sync(Path folder) throws IOException {
            FileChannel channel = FileChannel.open(folder, new StandardOpenOption[] {StandardOpenOption.READ});
            try {
                channel.force(true);
            } finally {
                channel.close();
            }
        }

        private static ByteBuffer bytes(String text) {
            return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        }

        private static String text(Object buffer) {
            return StandardCharsets.UTF_8.decode((ByteBuffer) ((ByteBuffer) buffer).duplicate()).toString();
        }
    }
}
