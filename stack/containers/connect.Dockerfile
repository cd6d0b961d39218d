# Kafka Connect with the Debezium connector and the Avro converter, from the same POMs as the local stack.
FROM maven:3.9-eclipse-temurin-17 AS plugins
WORKDIR /stack
COPY pom.xml ./
COPY maven maven
RUN mvn -B -ntp -pl maven/kafka,maven/converter -Dstack.dir=/out package
# The converter has no service manifest; without one the worker does not see it.
RUN java -cp '/out/lib/*' org.apache.kafka.tools.ConnectPluginPath sync-manifests --plugin-path /out/plugins

FROM apache/kafka:4.3.1
COPY --from=plugins /out/plugins /opt/connect/plugins
COPY settings/connect.properties /opt/connect/
COPY containers/connect.sh /opt/connect/
EXPOSE 8083
CMD ["sh", "/opt/connect/connect.sh"]
