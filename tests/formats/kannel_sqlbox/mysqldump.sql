-- MySQL dump 10.13  Distrib 8.0.36

DROP TABLE IF EXISTS `sent_sms`;
CREATE TABLE `sent_sms` (
  `sql_id` bigint NOT NULL AUTO_INCREMENT,
  `momt` enum('MO','MT','DLR') DEFAULT NULL,
  PRIMARY KEY (`sql_id`)
) ENGINE=InnoDB;

LOCK TABLES `sent_sms` WRITE;
INSERT INTO `sent_sms` VALUES (1,'MT','Klinikken','+4740000001',NULL,'Time+i+morgen',1773821640,'telia1','kunde7','','',2,NULL,NULL,NULL,NULL,NULL,NULL,31,'http://10.0.0.2/dlr?myid=5512&type=%d',NULL,NULL,NULL,NULL,'sqlbox1','','?smpp?'),(2,'DLR','Klinikken','+4740000001',NULL,'ACK%2F',1773821641,'telia1','kunde7','','',3,NULL,NULL,NULL,NULL,NULL,NULL,8,'http://10.0.0.2/dlr?myid=5512&type=%d',NULL,NULL,NULL,NULL,'sqlbox1','','?smpp?'),(3,'DLR','Klinikken','+4740000001',NULL,'id%3A5C01A9+sub%3A001+dlvrd%3A001+submit+date%3A2603180914+done+date%3A2603180915+stat%3ADELIVRD+err%3A000+text%3ATime+i+morgen',1773821647,'telia1','kunde7','','',3,NULL,NULL,NULL,NULL,NULL,NULL,1,'http://10.0.0.2/dlr?myid=5512&type=%d',NULL,NULL,NULL,NULL,'sqlbox1','','?smpp?'),(4,'MO','+4740000003','2270',NULL,'Stopp',1773821650,'telia1','kunde7','','',3,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'sqlbox1','','?smpp?');
INSERT INTO `sent_sms` VALUES (5,'MT','Klinikken','+4740000002',NULL,'It\'s (very) \'quoted\', \\ isn\'t it',1773821640,'telia1','kunde7','','',2,NULL,NULL,NULL,NULL,NULL,NULL,31,'http://10.0.0.2/dlr?myid=5513&type=%d',NULL,NULL,NULL,NULL,'sqlbox1','','?smpp?');
INSERT INTO `sent_sms` VALUES (6,'DLR','Klinikken','+4740000002',NULL,'id%3A5C01A9+sub%3A001+dlvrd%3A000+submit+date%3A2603180914+done+date%3A2603180915+stat%3AEXPIRED+err%3A011+text%3ATime+i+morgen',1773821700,'telia1','kunde7','','',3,NULL,NULL,NULL,NULL,NULL,NULL,2,'http://10.0.0.2/dlr?myid=5513&type=%d',NULL,NULL,NULL,NULL,'sqlbox1','','?smpp?dlr_err=%03%00%1B&');
INSERT INTO `sent_sms` VALUES (7,'MO','+4740000003','2270',NULL,'Hei',1773821800,'telia1','kunde7','','',3,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'sqlbox1','','?smpp?');
UNLOCK TABLES;
INSERT INTO `users` VALUES (1,'kari','hemmelig'),(2,'ola','(x)');

