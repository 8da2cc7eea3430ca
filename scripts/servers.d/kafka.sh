# Apache Kafka, which tests and benchmarks send messages through; a part of scripts/servers.
#
# One process is broker and controller (KRaft). It has four listeners on 127.0.0.1, at ports that
# follow one another and are the same after each start: PLAINTEXT, SASL_PLAINTEXT, SSL and SASL_SSL.
# The users `audience` and `worker` have the passwords `audience-secret` and `worker-secret`, by
# PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512. Topics are not made automatically.
#
# With an authorizer (KEY=VALUE) clients without a password are administrators, and the two users may
# do nothing until rights are given to them.

kafka_listeners=(PLAINTEXT SASL_PLAINTEXT SSL SASL_SSL CONTROLLER)
kafka_variables=([0]=KAFKA [1]=KAFKA_SASL [2]=KAFKA_SSL [3]=KAFKA_SASL_SSL)

# --- installing -------------------------------------------------------------------------------

# Java archives, with all that they need, from Maven Central.
install_kafka() {
    local version=4.4.0 logger=1.7.36 java
    "$here/install" java default-jre-headless
    kafka_programs=$packages/kafka-$version-slf4j-$logger
    # An archive of classes is of use to the Java that made it alone.
    java=$(java -version 2>&1 | sed -n 's/.* version "\(.*\)".*/\1/p')
    kafka_classes=$kafka_programs-java-$java.jsa
    # Its log has the time of each line, and not all settings again at each change of one.
    local log=-Dorg.slf4j.simpleLogger
    kafka_java=(java -XX:+UseSerialGC -XX:-UsePerfData "$log.showDateTime=true"
        "$log.dateTimeFormat=yyyy-MM-dd HH:mm:ss.SSS" "$log.log.org.apache.kafka.common.config=warn"
        -cp "$kafka_programs/*")
    if [ ! -d "$kafka_programs" ]; then
        "$here/install" mvn maven
        copy_kafka "$version" "$logger"
    fi
    [ -e "$kafka_classes" ] || archive_kafka_classes
    # It is empty where Java cannot make one.
    kafka_option=-Xshare:auto
    [ ! -s "$kafka_classes" ] || kafka_option=-XX:SharedArchiveFile=$kafka_classes
}

copy_kafka() {
    echo "installing Apache Kafka $1" >&2
    mkdir -p "$packages"
    unfinished=$(mktemp -d "$kafka_programs.XXXXXX")
    trap 'rm -rf "$unfinished"' EXIT
    dependency() {
        echo "<dependency><groupId>$1</groupId><artifactId>$2</artifactId><version>$3</version></dependency>"
    }
    cat >"$unfinished/pom.xml" <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>audience</groupId>
  <artifactId>kafka</artifactId>
  <version>1</version>
  <dependencies>
    $(dependency org.apache.kafka kafka_2.13 "$1")
    $(dependency org.apache.kafka kafka-tools "$1")
    $(dependency org.slf4j slf4j-simple "$2")
  </dependencies>
</project>
POM
    mvn -q -B -Dstyle.color=never -f "$unfinished/pom.xml" dependency:copy-dependencies \
        -DoutputDirectory="$unfinished/jars" >&2
    # Another start may have been quicker.
    mv -T "$unfinished/jars" "$kafka_programs" 2>/dev/null || [ -d "$kafka_programs" ]
    rm -rf "$unfinished"
}

# The classes that a broker loads, in the form in which Java has them in memory: each start takes
# half of the time and of the work that it takes without.
archive_kafka_classes() {
    local home tls profile=tests kafka_option
    home=$(mktemp -d /tmp/audience-kafka.XXXXXX)
    tls=$home/tls
    mkdir "$home/kafka" "$tls"
    make_certificates
    kafka_option=-XX:ArchiveClassesAtExit=$home/classes.jsa
    start_kafka
    end_kafka TERM
    # In one step: another start may look for it.
    touch "$home/classes.jsa"
    mv "$home/classes.jsa" "$kafka_classes.$$"
    mv "$kafka_classes.$$" "$kafka_classes"
    rm -rf "$home"
}

# --- running ----------------------------------------------------------------------------------

start_kafka() {
    local port attempt
    ! kafka_process >/dev/null || return 0
    # Clients that know its address find it there again.
    port=$(cat "$home/kafka.port" 2>/dev/null) || true
    for attempt in 1 2 3; do
        [ "$attempt" = 1 ] && [ -n "$port" ] || port=$(free_port "${#kafka_listeners[@]}")
        echo "$port" >"$home/kafka.port"
        ! run_kafka "$port" "$@" || return 0
        end_kafka KILL
        echo "Kafka did not start (attempt $attempt)" >&2
    done
    fail "Kafka does not start: $(tail -n 5 "$home/kafka.log")"
}

run_kafka() {
    local settings=$home/kafka/server.properties log_bytes
    local java=("${kafka_java[@]}" "$kafka_option")
    kafka_settings "$@" >"$settings"
    format_kafka "$settings"
    if [ "$profile" = bench ]; then
        java+=(-Xmx1g)
    else
        # A test lives too briefly for the second compiler to pay.
        java+=(-XX:TieredStopAtLevel=1 -Xms64m -Xmx256m)
    fi
    touch "$home/kafka.log"
    log_bytes=$(stat -c %s "$home/kafka.log")
    # A session of its own: what interrupts the caller must not end it. Nothing of ours may stay
    # open in it, or who reads what we print waits for its end; nor may a developer's own variables
    # reach it.
    (
        cd "$home/kafka"
        setsid env -i PATH="$PATH" "${java[@]}" "-Djava.io.tmpdir=$home/kafka" \
            kafka.Kafka "$settings" >>"$home/kafka.log" 2>&1 </dev/null &
        echo $! >"$home/kafka.pid"
    )
    wait_for_kafka "$log_bytes"
}

# Until it serves, or has ended; what was in its log before is of an earlier start.
wait_for_kafka() {
    local tries
    for ((tries = 0; tries < 1200; tries++)); do
        kafka_process >/dev/null || return 1
        ! tail -c "+$(($1 + 1))" "$home/kafka.log" | grep -q "Kafka Server started" || return 0
        sleep 0.05
    done
    return 1
}

# Its process number, if it is still ours: numbers are used again.
kafka_process() {
    local process
    process=$(cat "$home/kafka.pid" 2>/dev/null) || return 1
    [ "/proc/$process/cwd" -ef "$home/kafka" ] || return 1
    echo "$process"
}

end_kafka() {
    local process
    process=$(kafka_process) || return 0
    kill "-$1" "$process"
    while kafka_process >/dev/null; do sleep 0.02; done
    rm -f "$home/kafka.pid"
}

# kafka_settings PORT [KEY=VALUE...]; the last of two lines with the same key counts.
kafka_settings() {
    local port=$1 no listeners="" protocols=""
    shift
    for no in "${!kafka_listeners[@]}"; do
        listeners+=,${kafka_listeners[no]}://127.0.0.1:$((port + no))
        protocols+=,${kafka_listeners[no]}:${kafka_listeners[no]/CONTROLLER/PLAINTEXT}
    done
    cat <<SETTINGS
node.id=1
process.roles=broker,controller
listeners=${listeners#,}
listener.security.protocol.map=${protocols#,}
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
controller.quorum.bootstrap.servers=127.0.0.1:$((port + 4))
log.dirs=$home/kafka/data

auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
# After a kill it waits until it has missed itself for so long.
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=400
# What a single broker can hold.
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
# Little memory, and few threads.
log.cleaner.dedupe.buffer.size=2097152
log.index.size.max.bytes=1048576
num.network.threads=2
num.io.threads=4

ssl.keystore.type=PEM
ssl.keystore.location=$tls/kafka.pem
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
SETTINGS
    local listener mechanism module=org.apache.kafka.common.security
    for listener in sasl_plaintext sasl_ssl; do
        echo "listener.name.$listener.plain.sasl.jaas.config=$module.plain.PlainLoginModule required" \
            'user_audience="audience-secret" user_worker="worker-secret";'
        for mechanism in scram-sha-256 scram-sha-512; do
            echo "listener.name.$listener.$mechanism.sasl.jaas.config=$module.scram.ScramLoginModule required;"
        done
    done
    echo "super.users=User:ANONYMOUS"
    [ $# = 0 ] || printf '%s\n' "$@"
}

format_kafka() {
    local id user mechanism users=()
    [ ! -e "$home/kafka/data/meta.properties" ] || return 0
    for user in audience worker; do
        for mechanism in SCRAM-SHA-256 SCRAM-SHA-512; do
            users+=(--add-scram "$mechanism=[name=$user,password=$user-secret]")
        done
    done
    # 16 bytes as Kafka writes them. It must not begin like an option.
    id=A$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | cut -c 2-22)
    "${kafka_java[@]}" -XX:TieredStopAtLevel=1 -Dorg.slf4j.simpleLogger.defaultLogLevel=warn \
        kafka.tools.StorageTool format --config "$1" --cluster-id "$id" --standalone \
        "${users[@]}" >>"$home/kafka.log" 2>&1
}

print_kafka() {
    local port no
    port=$(cat "$home/kafka.port")
    for no in "${!kafka_variables[@]}"; do
        echo "export AUDIENCE_TEST_${kafka_variables[no]}='127.0.0.1:$((port + no))'"
    done
}

# --- its own programs -------------------------------------------------------------------------

# kafka_tool CLASS ARGUMENT...
kafka_tool() {
    install_kafka
    LC_ALL=C.UTF-8 exec "${kafka_java[@]}" "$kafka_option" -XX:TieredStopAtLevel=1 -Xmx256m \
        -Dorg.slf4j.simpleLogger.defaultLogLevel=warn "$@"
}
